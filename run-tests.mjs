/**
 * The tests of one project, in one process: `node run-tests.mjs libs/rl/dist`. `node --test` starts a process for each
 * file, which loads the same modules again. Each file is a suite, so its hooks are its own. JavaScript, because a
 * project's tests run from what was compiled.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';

const [folder] = process.argv.slice(2);
process.chdir(folder);
const files = readdirSync('.', { recursive: true }).filter((file) => file.endsWith('.test.js'));
for (const file of files.sort()) {
  describe(file, async () => {
    await import(pathToFileURL(resolve(file)).href);
  });
}
if (files.length === 0) throw new Error(`${folder}: no test files; remove the project's test target`);
