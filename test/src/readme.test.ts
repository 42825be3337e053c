/** Runs the README's examples: a `sh` block after `<!-- example: name -->` must print the `text` block that follows it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from './repository-root.js';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
const example = /<!-- example: (.+?) -->\s*```sh\n([\s\S]*?)```\s*```text\n([\s\S]*?)```/g;
const examples = [...readme.matchAll(example)].map(([, name, script, output]) => ({
  name: name!,
  script: script!,
  output: output!,
}));

test('the README has examples to run', () => {
  assert.ok(examples.length > 0);
});

for (const { name, script, output } of examples) {
  test(`the README's example "${name}" prints what the README says`, () => {
    const printed = execFileSync('bash', ['-c', script], {
      cwd: repositoryRoot,
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(printed, output);
  });
}

test('every file that the README links to exists', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path!);
  const missing = links.filter((path) => !existsSync(join(repositoryRoot, path)));
  assert.deepEqual(missing, []);
});
