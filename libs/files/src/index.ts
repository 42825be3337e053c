/**
 * Files on the local disk: durable, whole, in folders that are made when they are missing. Knows nothing of what they
 * hold; artifacts are @soar/store's.
 */
export { exists, makeFolderDurably, sync, writeSynced, writeWhole } from './durable-files.js';
export { makeFolders } from './make-folders.js';
export { asUserError, codeOf, isMissing } from './system-errors.js';
