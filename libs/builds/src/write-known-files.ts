/** The last step of `npm run build`: notes what is known of the files of the services whose main files are given. */
import { buildOf } from './build.js';
import { KnownFiles } from './known-files.js';

const known = KnownFiles.open();
for (const main of process.argv.slice(2)) await buildOf('', main, known);
known.write();
