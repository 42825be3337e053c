/** The last step of `npm run build`, in the repository's root: notes what is known of the files of its services. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildOf } from './build.js';
import { KnownFiles } from './known-files.js';

const known = KnownFiles.open();
const services = existsSync('services') ? readdirSync('services') : [];
const mains = services.map((name) => join('services', name, 'dist/main.js'));
for (const main of mains.filter((path) => existsSync(path)).sort()) await buildOf('', main, known);
known.write();
