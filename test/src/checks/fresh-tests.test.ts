/**
 * nx tests the sources and documents as they are: in a copy of the repository, some are broken and restored.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../repository-root.js';
import { temporaryFolder } from '../temporary-folder.js';
import { copyOfRepository, nxTest } from './repository-copy.js';

const copy = temporaryFolder();
copyOfRepository(
  copy.path,
  ['libs/core', 'libs/builds', 'libs/contracts', 'libs/rl', 'test'],
  [
    'libs/core/src',
    'libs/builds/src',
    'libs/contracts/src',
    'libs/contracts/proto-comments.mjs',
    'libs/rl/src',
    'test/src/docs/documents.ts',
    'test/src/docs/examples.ts',
    'test/src/readme.test.ts',
    'test/src/repository-root.ts',
    'test/src/temporary-folder.ts',
    'docs',
    'libs/quickstart/assets/hard',
  ],
);

/** One test of the library is enough. */
for (const name of readdirSync(copy.at('libs/rl/src')))
  if (name.endsWith('.test.ts') && name !== 'kl.test.ts') rmSync(copy.at(`libs/rl/src/${name}`));

/** The sum that the README works out, which a test reads there. */
const [sum] = /`\d+\+\d+` is `\d+`/.exec(readFileSync(join(repositoryRoot, 'README.md'), 'utf8'))!;
const readme = (output: string): string =>
  `# Copy\n\n${sum}\n\n<!-- example: one -->\n\n\`\`\`sh\necho printed\n\`\`\`\n\n\`\`\`text\n${output}\n\`\`\`\n`;

test('what is broken turns its project red, again and again, until it is restored; a deleted test is not run', () => {
  const source = copy.at('libs/rl/src/kl.ts');
  const times = statSync(source);
  const text = readFileSync(source, 'utf8');
  const broken = text.replace('- logRatio;', '+ logRatio;');
  assert.notEqual(broken, text);
  const extra = copy.at('libs/rl/src/extra.test.ts');
  const both = () => nxTest(copy.path, ['rl', '@soar/test']);

  copy.write('README.md', readme('printed'));
  assertGreen(both());
  // With the modification time of the original, as tools that restore files leave it: only the content counts.
  writeFileSync(source, broken);
  utimesSync(source, times.atime, times.mtime);
  writeFileSync(extra, "import { test } from 'node:test';\ntest('a test to delete', () => {});\n");
  copy.write('README.md', readme('never printed'));
  for (const red of [both(), both()]) {
    assert.equal(red.green, false, red.output);
    assert.match(red.output, failed('.*k3'));
    assert.match(red.output, passed('a test to delete'));
    assert.match(red.output, failed('.*"one"'));
  }

  writeFileSync(source, text);
  utimesSync(source, times.atime, times.mtime);
  rmSync(extra);
  copy.write('README.md', readme('printed'));
  const restored = both();
  assertGreen(restored);
  assert.doesNotMatch(restored.output, /a test to delete/);
});

function assertGreen({ green, output }: { green: boolean; output: string }): void {
  assert.ok(green, output);
  assert.match(output, passed('.*k3'));
  assert.match(output, passed('.*"one"'));
}

/** The line of a test in the output, by its name: in TAP up to Node 22, for readers from Node 24 on. */
function passed(name: string): RegExp {
  return new RegExp(`^\\s*(ok \\d+ -|✔) ${name}`, 'm');
}

function failed(name: string): RegExp {
  return new RegExp(`^\\s*(not ok \\d+ -|✖) ${name}`, 'm');
}
