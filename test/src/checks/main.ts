/** `npm run check` runs this after the build: every repository check, all problems at once, exit code 1 if there is one. */
import { fileURLToPath } from 'node:url';
import { checkBoundaries } from './boundaries.js';
import { checkHouseStyle } from './house-style.js';
import { checkLinks } from './links.js';
import { checkLockFile } from './lock-file.js';
import { readRepository } from './repository.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const repository = readRepository(root);
const checks = {
  boundaries: checkBoundaries,
  style: checkHouseStyle,
  links: checkLinks,
  lock: checkLockFile,
};
let count = 0;
for (const [name, check] of Object.entries(checks)) {
  for (const problem of check(repository)) {
    process.stderr.write(`${name}: ${problem}\n`);
    count++;
  }
}
if (count > 0) {
  process.stderr.write(`${count} problem${count === 1 ? '' : 's'}\n`);
  process.exitCode = 1;
}
