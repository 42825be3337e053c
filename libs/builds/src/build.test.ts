import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildOf } from './build.js';
import { KnownFiles } from './known-files.js';

/** Nothing is known before. */
const unknown = (): KnownFiles => KnownFiles.open(new URL('file:///does-not-exist'));

/** A service with a library, as they are compiled. */
const FILES: Readonly<Record<string, string>> = {
  'node_modules/@soar/trainer/package.json': '{ "name": "@soar/trainer", "version": "1.2.3" }',
  'node_modules/@soar/trainer/dist/main.js': "import { loss } from './loss.js';\nexport const out = loss;\n",
  'node_modules/@soar/trainer/dist/loss.js':
    "import { sum } from '@soar/rl';\n// About the loss.\nexport const loss = (a) => sum(a, 'per token');\n",
  'node_modules/@soar/trainer/dist/loss.test.js': 'export const tested = 1;\n',
  'node_modules/@soar/rl/package.json':
    '{ "name": "@soar/rl", "version": "1.2.3", "exports": { ".": { "default": "./dist/index.js" } } }',
  'node_modules/@soar/rl/dist/index.js':
    "import other from 'other';\nexport const sum = (...a) => other(a, new URL('./worker.js', import.meta.url));\n",
  'node_modules/@soar/rl/dist/worker.js': 'export const worker = 1 / 2;\n',
  'node_modules/other/package.json': '{ "name": "other", "version": "4.5.6", "main": "a.js" }',
  'node_modules/other/a.js': 'export default 1;\n',
};

interface Installed {
  readonly folder: string;
  readonly edit: (name: string, from: string | RegExp, to: string) => void;
  readonly build: () => ReturnType<typeof buildOf>;
}

function install(t: TestContext): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'builds-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return {
    folder,
    edit: (name, from, to) => {
      const path = join(folder, 'node_modules', name);
      const before = readFileSync(path, 'utf8');
      const after = before.replace(from, to);
      assert.notEqual(after, before);
      writeFileSync(path, after);
    },
    build: () => buildOf('trainer', join(folder, 'node_modules/@soar/trainer/dist/main.js'), unknown()),
  };
}

test('a build names its version, its parts and what comes from elsewhere', async (t) => {
  const { version, parts } = await install(t).build();
  assert.equal(version, '1.2.3');
  assert.deepEqual(Object.keys(parts), ['formulas', 'node', 'other', 'platform', 'training']);
  assert.equal(parts['other'], '4.5.6');
  assert.match(parts['training']!, /^[0-9a-f]{16}$/);
});

test('another folder, comments, formatting, source maps, tests and settings make no other build', async (t) => {
  const { folder, edit, build } = install(t);
  const before = await build();
  edit('@soar/trainer/dist/loss.js', '// About the loss.', '/* Rewritten. */');
  edit('@soar/trainer/dist/loss.js', "sum(a, 'per token')", 'sum(\n  a,\n  "per token",\n)');
  edit('@soar/trainer/dist/loss.js', /$/, '//# sourceMappingURL=loss.js.map\n');
  edit('@soar/trainer/dist/loss.test.js', '1', '2');
  edit('@soar/trainer/dist/main.js', /$/, 'export const port = 7102;\n');
  writeFileSync(join(folder, 'node_modules/@soar/rl/dist/unused.js'), 'export {};\n');
  assert.deepEqual(await build(), before);
  const other = join(folder, 'elsewhere');
  mkdirSync(other);
  cpSync(join(folder, 'node_modules'), join(other, 'node_modules'), { recursive: true });
  rmSync(join(folder, 'node_modules'), { recursive: true });
  const moved = join(other, 'node_modules/@soar/trainer/dist/main.js');
  assert.deepEqual(await buildOf('trainer', moved, unknown()), before);
});

test('an edited line is another build, in its part alone', async (t) => {
  const changes: [string, string, string, string][] = [
    ['@soar/trainer/dist/loss.js', 'per token', 'per  token', 'training'],
    ['@soar/rl/dist/index.js', 'other(a,', 'other(a, a,', 'formulas'],
    ['@soar/rl/dist/worker.js', '1 / 2', '1 / 3', 'formulas'],
    ['other/package.json', '4.5.6', '4.5.7', 'other'],
  ];
  for (const [name, from, to, part] of changes) {
    const { edit, build } = install(t);
    const before = await build();
    edit(name, from, to);
    const after = await build();
    const changed = Object.keys(after.parts).filter((it) => after.parts[it] !== before.parts[it]);
    assert.deepEqual(changed, [part], name);
    assert.notEqual(after.fingerprint, before.fingerprint);
  }
});

test('a file under another name is another build, whatever the order of files', async (t) => {
  const { folder, edit, build } = install(t);
  const before = await build();
  const dist = join(folder, 'node_modules/@soar/rl/dist');
  renameSync(join(dist, 'worker.js'), join(dist, 'a.js'));
  edit('@soar/rl/dist/index.js', './worker.js', './a.js');
  assert.notEqual((await build()).fingerprint, before.fingerprint);
});

test('a package that nobody has decided about is refused by name', async (t) => {
  const { folder, edit, build } = install(t);
  const added = join(folder, 'node_modules/@soar/new');
  mkdirSync(added);
  edit('@soar/rl/dist/index.js', /^/, "import '@soar/new';\n");
  await assert.rejects(build(), /@soar\/rl imports @soar\/new, and parts\.ts does not say/);
});
