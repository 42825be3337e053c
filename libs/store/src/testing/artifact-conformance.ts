/** The guarantees of every artifact store (artifacts/store.ts), as tests for any implementation. */
import assert from 'node:assert/strict';
import { cp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { UserError } from '@soar/core';
import { fencingFacts } from './fencing-conformance.js';
import { hostileKeys } from './hostile-keys.js';
import { collect, fill, scratch, writing } from './scratch.js';
import type { Fact, StoreUnderTest } from './store-under-test.js';

const model = { 'config.json': '{}', 'model.safetensors': 'weights' };

const writingFacts: readonly Fact[] = [
  [
    'an artifact is its files, whose hashes are in its manifest',
    async ({ store }) => {
      const ref = await store.put('run-1/step-0/teacher', writing({ ...model, empty: '' }));
      const { folder, files, ref: found } = await store.open(ref);
      assert.deepEqual(found, ref);
      assert.deepEqual(
        [...files],
        [
          // sha256sum of the contents.
          [
            'config.json',
            { sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', bytes: 2 },
          ],
          ['empty', { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', bytes: 0 }],
          [
            'model.safetensors',
            { sha256: '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c', bytes: 7 },
          ],
        ],
      );
      for (const [file, text] of Object.entries(model))
        assert.equal(await readFile(join(folder, file), 'utf8'), text);
    },
  ],
  [
    'equal contents have equal hashes under every key, whatever the order of writing',
    async ({ store }) => {
      const a = await store.put('a', writing({ x: '1', y: '2' }));
      const b = await store.put('b', writing({ y: '2', x: '1' }));
      assert.equal(a.sha256, b.sha256);
    },
  ],
  [
    'writing the same content again returns the first artifact, other content is refused',
    async (subject) => {
      const { store } = subject;
      const ref = await store.put('a/b', writing(model));
      assert.deepEqual(await store.put('a/b', writing(model)), ref);
      await assert.rejects(store.put('a/b', writing({ ...model, 'config.json': '{"x":1}' })), {
        name: 'UserError',
        reason: 'ALREADY_EXISTS',
        message: /artifact a\/b: exists with other content .* choose another key/,
      });
      assert.deepEqual(await store.find('a/b'), ref);
      await store.open(ref);
      assert.deepEqual(await subject.leftovers(), []);
    },
  ],
  [
    'many writers of one key all get the same artifact',
    async ({ store }) => {
      const refs = await Promise.all(Array.from({ length: 8 }, () => store.put('run/same', writing(model))));
      for (const ref of refs) assert.deepEqual(ref, refs[0]);
      await store.open(refs[0]!);
    },
  ],
  [
    'of two writers with different content one wins, and its artifact is complete',
    async ({ store }) => {
      const contents = [model, { ...model, 'model.safetensors': 'other weights' }];
      const results = await Promise.allSettled(
        contents.map((files) => store.put('run/same', writing(files))),
      );
      const won = results.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
      const lost = results.flatMap((it) =>
        it.status === 'rejected' ? [(it.reason as UserError).reason] : [],
      );
      assert.equal(won.length, 1);
      assert.deepEqual(lost, ['ALREADY_EXISTS']);
      await store.open(won[0]!);
    },
  ],
  [
    'a writer that fails leaves nothing behind',
    async (subject) => {
      const failing = subject.store.put('run/a', async (folder) => {
        await fill(folder, model);
        throw new UserError('loss is not finite', 'NOT_FINITE');
      });
      await assert.rejects(failing, { reason: 'NOT_FINITE' });
      assert.deepEqual(await subject.leftovers(), []);
      assert.equal(await subject.store.find('run/a'), undefined);
    },
  ],
  [
    'a disk that fills up during a write is a clear error, and nothing is left behind',
    async (subject) => {
      const { store } = subject;
      const full = async (folder: string): Promise<void> => {
        await writeFile(join(folder, 'x'), 'some');
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      };
      await assert.rejects(store.put('a', full), {
        reason: 'RESOURCE_EXHAUSTED',
        message: /the disk is full; make room and try again/,
      });
      assert.equal(await store.find('a'), undefined);
      assert.deepEqual(await subject.leftovers(), []);
    },
  ],
  [
    'a plain file of a run is replaced atomically',
    async (subject) => {
      await subject.store.writeFile('run/report.json', 'first');
      await subject.store.writeFile('run/report.json', Buffer.from('second'));
      assert.equal((await subject.read('run/report.json')).toString('utf8'), 'second');
      assert.deepEqual(await subject.leftovers(), []);
    },
  ],
];

const damages: Record<string, [string, (content: Buffer) => Buffer | undefined, RegExp]> = {
  'a changed byte': ['model.safetensors', () => Buffer.from('weightz'), /model\.safetensors has SHA-256 /],
  'a truncated file': ['model.safetensors', (content) => content.subarray(0, 3), /has 3 bytes, expected 7/],
  'a longer file': [
    'config.json',
    () => Buffer.from('{ }'),
    /config\.json has 3 bytes, expected 2|has SHA-256/,
  ],
  'a missing file': ['config.json', () => undefined, /config\.json is missing/],
  'a changed manifest': ['manifest.json', () => Buffer.from('{}'), /its manifest has SHA-256 /],
};

const damageFacts: readonly Fact[] = [
  [
    'a missing artifact is NOT_FOUND, one with another hash than the reference DATA_LOSS',
    async ({ store }) => {
      await assert.rejects(store.open({ key: 'x/y', sha256: '' }), {
        reason: 'NOT_FOUND',
        message: /artifact x\/y: does not exist in the store/,
      });
      await store.put('x', writing(model));
      await assert.rejects(store.open({ key: 'x', sha256: '0'.repeat(64) }), {
        reason: 'DATA_LOSS',
        message: /it is not the artifact referred to/,
      });
    },
  ],
  ...Object.entries(damages).map(([what, [file, change, message]]): Fact => [
    `${what} is DATA_LOSS and names what is wrong`,
    async ({ store, tamper }) => {
      const ref = await store.put('m', writing(model));
      await tamper('m', file, change);
      await assert.rejects(store.open(ref), { name: 'UserError', reason: 'DATA_LOSS', message });
    },
  ]),
  [
    'a damaged manifest is DATA_LOSS even if the reference has no hash',
    async ({ store, tamper }) => {
      await store.put('m', writing(model));
      for (const text of ['', '{', '[]', '{"files":{}}', '{"files":{"../x":{"sha256":"","bytes":1}}}']) {
        await tamper('m', 'manifest.json', () => Buffer.from(text));
        await assert.rejects(store.open({ key: 'm', sha256: '' }), { reason: 'DATA_LOSS' }, text);
      }
    },
  ],
];

const placingFacts: readonly Fact[] = [
  [
    'keys that could leave the store are refused by every method, and change nothing',
    async (subject, t) => {
      const { store } = subject;
      const source = await scratch(t);
      await fill(source, model);
      for (const key of hostileKeys) {
        const attempts: Record<string, () => Promise<unknown>> = {
          open: () => store.open({ key, sha256: '' }),
          find: () => store.find(key),
          put: () => store.put(key, writing(model)),
          importFolder: () => store.importFolder(source, key),
          writeFile: () => store.writeFile(key, ''),
          remove: () => store.remove(key),
          // For list, the empty prefix is valid.
          list: () => (key === '' ? store.find(key) : collect(store.list(key))),
        };
        for (const [method, attempt] of Object.entries(attempts)) {
          const refused = { name: 'UserError', reason: 'INVALID_ARGUMENT', message: /^artifact key / };
          await assert.rejects(attempt, refused, `${method} ${JSON.stringify(key.slice(0, 40))}`);
        }
      }
      assert.deepEqual(await collect(store.list('')), []);
      assert.deepEqual(await subject.leftovers(), []);
    },
  ],
  [
    'nothing can be written inside an artifact, and an artifact cannot replace a folder',
    async ({ store }) => {
      await store.put('a/b', writing(model));
      await assert.rejects(store.put('a/b/c', writing(model)), {
        reason: 'FAILED_PRECONDITION',
        message: /a\/b is an artifact/,
      });
      await assert.rejects(store.writeFile('a/b/x.json', ''), { reason: 'FAILED_PRECONDITION' });
      const taken = { reason: 'ALREADY_EXISTS', message: /taken by something else/ };
      await assert.rejects(store.put('a', writing(model)), taken);
      await store.writeFile('r/report.json', '{}');
      await assert.rejects(store.put('r/report.json', writing(model)), taken);
    },
  ],
  [
    'lists artifacts below a prefix in order of key',
    async ({ store }) => {
      for (const key of ['r/step-1/teacher', 'r/step-0/teacher', 'models/base', 'r-2/x', 'r.record'])
        await store.put(key, writing(model));
      await store.writeFile('r/report.json', '{}');
      const all = await collect(store.list(''));
      const keys = async (prefix: string) => (await collect(store.list(prefix))).map(({ key }) => key);
      assert.deepEqual(await keys(''), [
        'models/base',
        'r/step-0/teacher',
        'r/step-1/teacher',
        'r-2/x',
        'r.record',
      ]);
      assert.deepEqual(await keys('r'), ['r/step-0/teacher', 'r/step-1/teacher']);
      assert.deepEqual(await keys('models/base'), ['models/base']);
      assert.deepEqual(await keys('nowhere'), []);
      for (const { key, sha256, bytes } of all) {
        assert.deepEqual(await store.find(key), { key, sha256 });
        assert.equal(bytes, 9);
      }
    },
  ],
];

const importingFacts: readonly Fact[] = [
  [
    'imports the plain files of a folder of the Hugging Face cache, without dot files and subfolders',
    async ({ store }, t) => {
      const cache = await scratch(t);
      const source = join(cache, 'snapshots', 'commit');
      await fill(join(source, 'original'), { x: 'x' });
      await fill(source, { 'config.json': '{}', '.gitattributes': '' });
      await fill(join(cache, 'blobs'), { sha: 'weights' });
      await symlink('../../blobs/sha', join(source, 'model.safetensors'));
      const ref = await store.importFolder(source, 'models/base');
      assert.deepEqual([...(await store.open(ref)).files.keys()], ['config.json', 'model.safetensors']);
      assert.equal(ref.sha256, (await store.put('same', writing(model))).sha256);
      assert.deepEqual(await store.importFolder(source, 'models/base'), ref);
    },
  ],
  [
    'an artifact that is imported keeps its hash, and a damaged one is refused',
    async ({ store }, t) => {
      const [source, first] = [await scratch(t), await store.open(await store.put('a', writing(model)))];
      await cp(first.folder, source, { recursive: true });
      assert.equal((await store.importFolder(source, 'b')).sha256, first.ref.sha256);
      await truncate(join(source, 'model.safetensors'), 1);
      await assert.rejects(store.importFolder(source, 'c'), { reason: 'DATA_LOSS' });
      assert.equal(await store.find('c'), undefined);
    },
  ],
  [
    'a source that is missing, empty, a file or a dangling link is named',
    async ({ store }, t) => {
      const source = await scratch(t);
      const refused = (folder: string, reason: string, message: RegExp) =>
        assert.rejects(store.importFolder(folder, 'm'), { reason, message });
      await refused(join(source, 'no'), 'NOT_FOUND', /does not exist, or a link/);
      await refused(source, 'NOT_FOUND', /no files/);
      await fill(source, { f: '', 'a\\b': '' });
      await refused(join(source, 'f'), 'INVALID_ARGUMENT', /is a file; name the folder/);
      await refused(source, 'INVALID_ARGUMENT', /the file name "a\\\\b" cannot be in an artifact/);
      await rm(join(source, 'a\\b'));
      await symlink(join(source, 'gone'), join(source, 'l'));
      await refused(source, 'NOT_FOUND', /a link in it is broken/);
      await symlink('/etc/passwd', join(source, 'k'));
      await refused(source, 'INVALID_ARGUMENT', /k: is a link to \/etc\/passwd, outside the folder/);
    },
  ],
];

const removingFacts: readonly Fact[] = [
  [
    'a removed artifact is gone and can be made again',
    async (subject) => {
      const { store } = subject;
      const ref = await store.put('r/a', writing(model));
      const other = await store.put('r/a.record', writing(model));
      assert.equal(await store.remove('r/a'), true);
      assert.equal(await store.remove('r/a'), false);
      assert.equal(await store.remove('r'), false);
      assert.equal(await store.find('r/a'), undefined);
      await assert.rejects(store.open(ref), { reason: 'NOT_FOUND' });
      await store.open(other);
      assert.deepEqual(await subject.leftovers(), []);
      assert.deepEqual(await store.put('r/a', writing(model)), ref);
      await store.open(ref);
    },
  ],
];

/** Declares the tests. `prepare` makes a new, empty store for each. */
export function artifactConformance(
  name: string,
  prepare: (t: TestContext) => Promise<StoreUnderTest>,
): void {
  const facts = [writingFacts, damageFacts, placingFacts, importingFacts, removingFacts, fencingFacts].flat();
  for (const [title, body] of facts) void test(`${name}: ${title}`, async (t) => body(await prepare(t), t));
}
