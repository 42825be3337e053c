/**
 * `npx nx test PROJECT` tests the sources as they are: in a copy of the repository, something is broken and restored.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary-folder.js';
import { copyOfRepository, nxTest } from './repository-copy.js';

const copy = temporaryFolder();
copyOfRepository(
  copy.path,
  ['libs/core', 'libs/contracts', 'libs/rl', 'test'],
  [
    'libs/core/src',
    'libs/contracts/src',
    'libs/rl/src',
    'test/src/docs/documents.ts',
    'test/src/docs/examples.ts',
    'test/src/readme.test.ts',
    'test/src/repository-root.ts',
    'test/src/temporary-folder.ts',
    'docs',
  ],
);

test('a broken line turns its project red, again and again, until it is restored; a deleted test is not run', () => {
  const source = copy.at('libs/rl/src/kl.ts');
  const times = statSync(source);
  const text = readFileSync(source, 'utf8');
  const broken = text.replace('- logRatio;', '+ logRatio;');
  assert.notEqual(broken, text);
  const extra = copy.at('libs/rl/src/extra.test.ts');
  const rl = () => nxTest(copy.path, 'rl');

  assertGreen(rl());
  // With the modification time of the original, as tools that restore files leave it: only the content counts.
  writeFileSync(source, broken);
  utimesSync(source, times.atime, times.mtime);
  writeFileSync(extra, "import { test } from 'node:test';\ntest('a test to delete', () => {});\n");
  for (const red of [rl(), rl()]) {
    assert.equal(red.green, false, red.output);
    assert.match(red.output, /not ok \d+ - .*k3/);
    assert.match(red.output, /ok \d+ - a test to delete/);
  }

  writeFileSync(source, text);
  utimesSync(source, times.atime, times.mtime);
  rmSync(extra);
  const restored = rl();
  assertGreen(restored);
  assert.doesNotMatch(restored.output, /a test to delete/);
});

test("an edited README runs the README's tests", () => {
  const readme = (output: string) =>
    `# Copy\n\n<!-- example: one -->\n\n\`\`\`sh\necho printed\n\`\`\`\n\n\`\`\`text\n${output}\n\`\`\`\n`;
  const example = (outcome: string) => new RegExp(`^\\s*${outcome} \\d+ - .*"one"`, 'm');
  copy.write('README.md', readme('printed'));
  assert.match(nxTest(copy.path, '@soar/test').output, example('ok'));
  copy.write('README.md', readme('never printed'));
  const red = nxTest(copy.path, '@soar/test');
  assert.equal(red.green, false, red.output);
  assert.match(red.output, example('not ok'));
});

function assertGreen({ green, output }: { green: boolean; output: string }): void {
  assert.ok(green, output);
  assert.match(output, /# tests [1-9]/);
}
