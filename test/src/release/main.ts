/**
 * `npm run release -- 0.3.0`: writes a version into every package and everything that names it. The rest of a release
 * is in CONTRIBUTING.md. Given the current version, it mends what disagrees.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRepository } from '../checks/repository.js';
import { NAMED, NAMING, PACKAGE } from '../checks/versions.js';
import { repositoryRoot } from '../repository-root.js';

const [, , version = ''] = process.argv;
if (!/^\d+\.\d+\.\d+$/.test(version)) {
  process.stderr.write(`release: expected a version such as 0.3.0, got "${version}"\n`);
  process.exit(2);
}

for (const { path, text } of readRepository(repositoryRoot).files) {
  const isPackage = path === 'package.json' || PACKAGE.test(path);
  if (!isPackage && !NAMING.test(path)) continue;
  const written = isPackage
    ? text
        .replace(/^ {2}"version": "[^"]*"/m, `  "version": "${version}"`)
        .replace(/("@soar\/[a-z-]+": )"\d+\.\d+\.\d+"/g, `$1"${version}"`)
    : text.replace(NAMED, `$1${version}`);
  if (written === text) continue;
  writeFileSync(join(repositoryRoot, path), written);
  process.stdout.write(`${path}\n`);
}
const changes = readFileSync(join(repositoryRoot, 'CHANGELOG.md'), 'utf8');
if (!changes.includes(`\n## ${version} (`))
  process.stdout.write(`CHANGELOG.md has no section of ${version} yet\n`);
