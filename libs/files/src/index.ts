/**
 * Files on the local disk: durable, atomic writes, in folders that are made if missing, and their bytes as text. Not
 * here: what the files hold; artifacts are in @soar/store.
 */
export { exists, makeFolderDurably, sync, writeSynced, writeWhole } from './durable-files.js';
export { refuseForeignLinks } from './folder-links.js';
export { makeFolders } from './make-folders.js';
export { sweepPartials } from './partial-files.js';
export { asUserError, codeOf, isMissing } from './system-errors.js';
export { decodeChunks, decodeText } from './text.js';
