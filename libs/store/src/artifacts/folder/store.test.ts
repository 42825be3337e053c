import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderStore } from './store.js';
import { newIncoming } from './incoming.js';
import { artifactConformance } from '../../testing/artifact-conformance.js';
import { collect, fill, paths, scratch, writing } from '../../testing/scratch.js';
import { killedWriter } from '../../testing/killed-writer.js';

artifactConformance('folder', async (t) => {
  const root = await scratch(t);
  return {
    store: await FolderStore.open(root),
    read: (key) => readFile(join(root, key)),
    tamper: async (key, file, change) => {
      const path = join(root, key, file);
      const content = change(await readFile(path));
      await rm(path);
      if (content !== undefined) await writeFile(path, content);
    },
    leftovers: () => paths(join(root, '.incoming')).catch(() => []),
  };
});

const model = { 'config.json': '{}', 'model.safetensors': 'weights' };

test('an artifact is its files and a manifest, whose hash identifies them', async (t) => {
  const root = await scratch(t);
  const store = await FolderStore.open(root);
  const ref = await store.put('run-1/step-0/teacher', writing(model));
  assert.deepEqual(await paths(join(root, 'run-1')), [
    'step-0',
    'step-0/teacher',
    'step-0/teacher/config.json',
    'step-0/teacher/manifest.json',
    'step-0/teacher/model.safetensors',
  ]);
  const manifest = JSON.parse(
    await readFile(join(root, 'run-1/step-0/teacher/manifest.json'), 'utf8'),
  ) as unknown;
  // sha256sum of the two contents.
  assert.deepEqual(manifest, {
    files: {
      'config.json': {
        sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        bytes: 2,
      },
      'model.safetensors': {
        sha256: '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c',
        bytes: 7,
      },
    },
  });
  const opened = await store.open(ref);
  assert.deepEqual(opened.ref, ref);
  assert.equal(opened.folder, join(root, 'run-1/step-0/teacher'));
  assert.deepEqual([...opened.files.keys()], ['config.json', 'model.safetensors']);
});

test('a folder without a manifest is NOT_FOUND', async (t) => {
  const root = await scratch(t);
  await fill(join(root, 'torn'), model);
  await assert.rejects((await FolderStore.open(root)).open({ key: 'torn', sha256: '' }), {
    reason: 'NOT_FOUND',
    message: /artifact torn: has no manifest\.json in the store/,
  });
});

const damages: Record<string, [(folder: string) => Promise<void>, RegExp]> = {
  'a file too many': [
    (f) => writeFile(join(f, 'tokenizer.json'), ''),
    /tokenizer\.json is not in its manifest/,
  ],
  'a file replaced by a link': [
    async (f) => {
      await rename(join(f, 'config.json'), join(f, '..', 'elsewhere'));
      await symlink(join(f, '..', 'elsewhere'), join(f, 'config.json'));
    },
    /config\.json is not a plain file/,
  ],
};
for (const [what, [damage, message]] of Object.entries(damages)) {
  test(`${what} is DATA_LOSS, and the error names it`, async (t) => {
    const store = await FolderStore.open(await scratch(t));
    const ref = await store.put('m', writing(model));
    await damage((await store.open(ref)).folder);
    await assert.rejects(store.open(ref), { name: 'UserError', reason: 'DATA_LOSS', message });
  });
}

test('a link inside the store is not followed', async (t) => {
  const root = await scratch(t);
  const outside = await scratch(t);
  const store = await FolderStore.open(root);
  await (await FolderStore.open(outside)).put('m', writing(model));
  await symlink(outside, join(root, 'way-out'));
  const refused = { reason: 'INVALID_ARGUMENT', message: /way-out is a link or differs in case/ };
  await assert.rejects(store.open({ key: 'way-out/m', sha256: '' }), refused);
  await assert.rejects(store.put('way-out/new', writing(model)), refused);
  await assert.rejects(store.find('way-out'), refused);
  assert.deepEqual(await collect(store.list('')), []);
  assert.deepEqual(await paths(outside), [
    '.incoming',
    'm',
    'm/config.json',
    'm/manifest.json',
    'm/model.safetensors',
  ]);
});

test('a path of a file cannot be a store', async (t) => {
  const root = await scratch(t);
  await writeFile(join(root, 'f'), '');
  for (const folder of [join(root, 'f'), join(root, 'f', 'below')]) {
    await assert.rejects(FolderStore.open(folder), {
      reason: 'FAILED_PRECONDITION',
      message: /a file exists where a folder is expected/,
    });
  }
});

test('a sweep removes only what dead writers left', async (t) => {
  const root = await scratch(t);
  const store = await FolderStore.open(root);
  await killedWriter('artifacts', root, 2, 1);
  const mine = await newIncoming(root);
  await mkdir(mine.replace(`.${process.pid}.`, '.4194399.')); // Above Linux's highest pid.
  assert.ok((await store.sweep()) >= 1);
  assert.equal(await store.sweep(), 0);
  assert.deepEqual((await paths(join(root, '.incoming'))).length, 1);
  await chmod(mine, 0o700);
});

test('a writer killed at any moment leaves only complete artifacts, among them all that it reported', async (t) => {
  const root = await scratch(t);
  for (const delayMs of [0, 1, 3, 7]) {
    const reported = await killedWriter('artifacts', root, 3, delayMs);
    const store = await FolderStore.open(root);
    const refs = await collect(store.list(''));
    assert.ok(refs.length >= reported);
    for (const ref of refs) await store.open(ref);
    await store.sweep();
    await rm(join(root, 'run'), { recursive: true });
  }
});

test("removing an artifact removes folders that become empty, except the run's own", async (t) => {
  const root = await scratch(t);
  const store = await FolderStore.open(root);
  for (const key of ['run/step-0/dataset-0/repeat-0', 'run/step-0/dataset-0/repeat-1', 'run/step-0/teacher'])
    await store.put(key, writing(model));
  const folders = async () => (await paths(join(root, 'run'))).filter((path) => !path.includes('.'));
  await store.remove('run/step-0/dataset-0/repeat-0');
  assert.deepEqual(await folders(), [
    'step-0',
    'step-0/dataset-0',
    'step-0/dataset-0/repeat-1',
    'step-0/teacher',
  ]);
  await store.remove('run/step-0/dataset-0/repeat-1');
  assert.deepEqual(await folders(), ['step-0', 'step-0/teacher']);
  await store.remove('run/step-0/teacher');
  assert.deepEqual(await folders(), []);
});
