/** The last step of `npm run build`: writes known-files.json for the services whose main files are its arguments. */
import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildOf } from './build.js';
import { KNOWN_FILE, KnownFiles } from './known-files.js';

const known = KnownFiles.open();
for (const main of process.argv.slice(2)) await buildOf('', main, known);
const path = fileURLToPath(KNOWN_FILE);
const unfinished = `${path}.${process.pid}`;
writeFileSync(unfinished, `${JSON.stringify(known.used())}\n`);
renameSync(unfinished, path);
