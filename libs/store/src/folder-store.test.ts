import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { openFolderStore } from './folder-store.js';
import { newIncoming } from './incoming.js';
import { collect, fill, paths, scratch, writing } from './testing/scratch.js';
import { killedWriter } from './testing/killed-writer.js';

const model = { 'config.json': '{}', 'model.safetensors': 'weights' };

test('an artefact is its files and a manifest whose hash names them', async (t) => {
  const root = await scratch(t);
  const store = await openFolderStore(root);
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

test('equal contents have equal hashes under every key, whatever the order of writing', async (t) => {
  const store = await openFolderStore(await scratch(t));
  const a = await store.put('a', writing({ x: '1', y: '2' }));
  const b = await store.put('b', writing({ y: '2', x: '1' }));
  assert.equal(a.sha256, b.sha256);
});

test('the same content again finds the first, other content under the key is refused', async (t) => {
  const root = await scratch(t);
  const store = await openFolderStore(root);
  const ref = await store.put('a/b', writing(model));
  assert.deepEqual(await store.put('a/b', writing(model)), ref);
  await assert.rejects(store.put('a/b', writing({ ...model, 'config.json': '{"x":1}' })), {
    name: 'UserError',
    reason: 'ALREADY_EXISTS',
    message: /artefact a\/b: exists with other content .* choose another key/,
  });
  assert.deepEqual(await store.find('a/b'), ref);
  assert.deepEqual(await paths(join(root, '.incoming')), []);
});

test('of many writers of one key all get the one artefact', async (t) => {
  const store = await openFolderStore(await scratch(t));
  const refs = await Promise.all(Array.from({ length: 8 }, () => store.put('run/same', writing(model))));
  for (const ref of refs) assert.deepEqual(ref, refs[0]);
  await store.open(refs[0]!);
});

test('a writer that fails leaves nothing', async (t) => {
  const root = await scratch(t);
  const store = await openFolderStore(root);
  const failing = store.put('run/a', async (folder) => {
    await fill(folder, model);
    throw new UserError('loss is not finite', 'NOT_FINITE');
  });
  await assert.rejects(failing, { reason: 'NOT_FINITE' });
  assert.deepEqual(await paths(root), ['.incoming']);
  assert.equal(await store.find('run/a'), undefined);
});

test('a missing artefact, and a folder without a manifest, are NOT_FOUND', async (t) => {
  const root = await scratch(t);
  const store = await openFolderStore(root);
  await assert.rejects(store.open({ key: 'x/y', sha256: '' }), {
    reason: 'NOT_FOUND',
    message: /artefact x\/y: there is nothing under this key in the store/,
  });
  await fill(join(root, 'torn'), model);
  await assert.rejects(store.open({ key: 'torn', sha256: '' }), {
    reason: 'NOT_FOUND',
    message: /artefact torn: there is no manifest\.json in it/,
  });
});

const damages: Record<string, [(folder: string) => Promise<void>, RegExp]> = {
  'a changed byte': [
    (f) => writeFile(join(f, 'model.safetensors'), 'weightz'),
    /model\.safetensors has SHA-256 /,
  ],
  'a truncated file': [(f) => truncate(join(f, 'model.safetensors'), 3), /has 3 bytes, expected 7/],
  'a missing file': [(f) => rm(join(f, 'config.json')), /config\.json is missing/],
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
  'a changed manifest': [(f) => writeFile(join(f, 'manifest.json'), '{}'), /its manifest has SHA-256 /],
};
for (const [what, [damage, message]] of Object.entries(damages)) {
  test(`${what} is DATA_LOSS and names what is wrong`, async (t) => {
    const store = await openFolderStore(await scratch(t));
    const ref = await store.put('m', writing(model));
    await damage((await store.open(ref)).folder);
    await assert.rejects(store.open(ref), { name: 'UserError', reason: 'DATA_LOSS', message });
  });
}

test('a damaged manifest is DATA_LOSS also where no hash is asked for', async (t) => {
  const store = await openFolderStore(await scratch(t));
  const { folder } = await store.open(await store.put('m', writing(model)));
  for (const text of ['', '{', '[]', '{"files":{}}', '{"files":{"../x":{"sha256":"","bytes":1}}}']) {
    await writeFile(join(folder, 'manifest.json'), text);
    await assert.rejects(store.open({ key: 'm', sha256: '' }), { reason: 'DATA_LOSS' }, text);
  }
});

test('keys that could leave the store are refused', async (t) => {
  const store = await openFolderStore(await scratch(t));
  const keys = [
    '',
    '..',
    '../x',
    'a/../b',
    '/etc',
    'a//b',
    'a/',
    '.incoming',
    'a/.b',
    'a\\b',
    'c:x',
    'a\0b',
    'ä',
    'a b',
  ];
  for (const key of [...keys, 'x'.repeat(513)]) {
    const refused = { name: 'UserError', reason: 'INVALID_ARGUMENT' };
    await assert.rejects(store.open({ key, sha256: '' }), refused, key);
    await assert.rejects(store.put(key, writing(model)), refused, key);
    await assert.rejects(store.writeFile(key, ''), refused, key);
  }
});

test('a link inside the store leads nowhere', async (t) => {
  const root = await scratch(t);
  const outside = await scratch(t);
  const store = await openFolderStore(root);
  await (await openFolderStore(outside)).put('m', writing(model));
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

test('nothing is put into an artefact, and an artefact takes no place of a folder', async (t) => {
  const store = await openFolderStore(await scratch(t));
  await store.put('a/b', writing(model));
  await assert.rejects(store.put('a/b/c', writing(model)), {
    reason: 'FAILED_PRECONDITION',
    message: /a\/b is an artefact/,
  });
  await assert.rejects(store.writeFile('a/b/x.json', ''), { reason: 'FAILED_PRECONDITION' });
  await assert.rejects(store.put('a', writing(model)), {
    reason: 'ALREADY_EXISTS',
    message: /something else stands/,
  });
});

test('lists artefacts below a prefix in order of key', async (t) => {
  const store = await openFolderStore(await scratch(t));
  for (const key of ['r/step-1/teacher', 'r/step-0/teacher', 'models/base', 'r2/x'])
    await store.put(key, writing(model));
  await store.writeFile('r/report.json', '{}');
  const keys = async (prefix: string) => (await collect(store.list(prefix))).map(({ key }) => key);
  assert.deepEqual(await keys(''), ['models/base', 'r/step-0/teacher', 'r/step-1/teacher', 'r2/x']);
  assert.deepEqual(await keys('r'), ['r/step-0/teacher', 'r/step-1/teacher']);
  assert.deepEqual(await keys('models/base'), ['models/base']);
  assert.deepEqual(await keys('nowhere'), []);
});

test('imports the plain files of a folder, through links, without dot files and subfolders', async (t) => {
  const [root, source, blobs] = [await scratch(t), await scratch(t), await scratch(t)];
  await fill(source, { 'config.json': '{}', '.gitattributes': '' });
  await fill(join(source, 'original'), { x: 'x' });
  await writeFile(join(blobs, 'sha'), 'weights');
  await symlink(join(blobs, 'sha'), join(source, 'model.safetensors'));
  const store = await openFolderStore(root);
  const ref = await store.importFolder(source, 'models/base');
  assert.deepEqual([...(await store.open(ref)).files.keys()], ['config.json', 'model.safetensors']);
  assert.equal(ref.sha256, (await store.put('same', writing(model))).sha256);
  assert.deepEqual(await store.importFolder(source, 'models/base'), ref);
});

test('an artefact that is imported keeps its hash, and a damaged one is refused', async (t) => {
  const store = await openFolderStore(await scratch(t));
  const first = await store.open(await store.put('a', writing(model)));
  assert.equal((await store.importFolder(first.folder, 'b')).sha256, first.ref.sha256);
  await truncate(join(first.folder, 'model.safetensors'), 1);
  await assert.rejects(store.importFolder(first.folder, 'c'), { reason: 'DATA_LOSS' });
  assert.equal(await store.find('c'), undefined);
});

test('a source that is missing, empty, a file or a dangling link is named', async (t) => {
  const source = await scratch(t);
  const store = await openFolderStore(await scratch(t));
  await assert.rejects(store.importFolder(join(source, 'no'), 'm'), {
    reason: 'NOT_FOUND',
    message: /not there/,
  });
  await assert.rejects(store.importFolder(source, 'm'), { reason: 'NOT_FOUND', message: /no files/ });
  await writeFile(join(source, 'f'), '');
  await assert.rejects(store.importFolder(join(source, 'f'), 'm'), { message: /is a file; name the folder/ });
  await writeFile(join(source, 'a\\b'), '');
  await assert.rejects(store.importFolder(source, 'm'), {
    message: /the file name "a\\\\b" cannot be in an artefact/,
  });
  await rm(join(source, 'a\\b'));
  await symlink(join(source, 'gone'), join(source, 'l'));
  await assert.rejects(store.importFolder(source, 'm'), { reason: 'NOT_FOUND', message: /leads nowhere/ });
});

test('a file of a run is replaced whole', async (t) => {
  const root = await scratch(t);
  const store = await openFolderStore(root);
  await store.writeFile('run/report.json', 'first');
  await store.writeFile('run/report.json', Buffer.from('second'));
  assert.equal(await readFile(join(root, 'run/report.json'), 'utf8'), 'second');
  assert.deepEqual(await paths(root), ['.incoming', 'run', 'run/report.json']);
});

test('a store cannot stand where a file is', async (t) => {
  const root = await scratch(t);
  await writeFile(join(root, 'f'), '');
  for (const folder of [join(root, 'f'), join(root, 'f', 'below')]) {
    await assert.rejects(openFolderStore(folder), {
      reason: 'FAILED_PRECONDITION',
      message: /a file stands where a folder should be/,
    });
  }
});

test('a sweep removes what dead writers left and nothing else', async (t) => {
  const root = await scratch(t);
  const store = await openFolderStore(root);
  await killedWriter('artefacts', root, 2, 1);
  const mine = await newIncoming(root);
  await mkdir(mine.replace(`.${process.pid}.`, '.4194399.')); // Above Linux's highest pid.
  assert.ok((await store.sweep()) >= 1);
  assert.equal(await store.sweep(), 0);
  assert.deepEqual((await paths(join(root, '.incoming'))).length, 1);
  await chmod(mine, 0o700);
});

test('a writer killed at any moment leaves whole artefacts only, with all that it told of', async (t) => {
  const root = await scratch(t);
  for (const delayMs of [0, 1, 3, 7]) {
    const told = await killedWriter('artefacts', root, 3, delayMs);
    const store = await openFolderStore(root);
    const refs = await collect(store.list(''));
    assert.ok(refs.length >= told);
    for (const ref of refs) await store.open(ref);
    await store.sweep();
    await rm(join(root, 'run'), { recursive: true });
  }
});
