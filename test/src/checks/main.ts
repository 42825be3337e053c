/**
 * `npm run check` runs this after the build: every check of the repository, all problems at once, exit code 1 if there
 * is one.
 */
import { checkBoundaries } from './boundaries.js';
import { withoutExceptions } from './exceptions.js';
import { checkHouseStyle } from './house-style.js';
import { checkLinks } from './links.js';
import { checkLockFile } from './lock-file.js';
import { readRepository } from './repository.js';
import { checkVersions } from './versions.js';
import { runTools } from './tools.js';
import { repositoryRoot } from '../repository-root.js';

const tools = runTools(repositoryRoot);
const repository = readRepository(repositoryRoot);
const problems = withoutExceptions([
  ...checkBoundaries(repository),
  ...checkHouseStyle(repository),
  ...checkLinks(repository),
  ...checkLockFile(repository),
  ...checkVersions(repository),
  ...(await tools),
]);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) {
  process.stderr.write(`${problems.length} problem${problems.length === 1 ? '' : 's'}\n`);
  process.exitCode = 1;
}
