import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { openArtifactStore } from '../open.js';
import { parseS3Location } from './location.js';
import { S3Store } from './store.js';
import { artifactConformance } from '../../testing/artifact-conformance.js';
import { ACCESS_KEY, S3Server } from '../../testing/s3-server.js';
import { collect, paths, scratch, writing } from '../../testing/scratch.js';

const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: ACCESS_KEY.id,
  AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secret,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: 'none',
  AWS_SHARED_CREDENTIALS_FILE: 'none',
};
before(() => Object.assign(process.env, ENVIRONMENT));

const model = { 'config.json': '{}', 'model.safetensors': 'weights' };
let stores = 0;
let server: S3Server;
before(async () => (server = await S3Server.start()));
after(() => server.close());

interface Place {
  readonly store: S3Store;
  readonly prefix: string;
  readonly cache: string;
}

/** A new store on the shared server. */
async function place(
  t: TestContext,
  { on = server, cacheBytesMax = 2 ** 30, answerMs = 30_000 } = {},
): Promise<Place> {
  const prefix = `store-${++stores}/`;
  const cache = await scratch(t);
  const settings = {
    endpoint: on.endpoint,
    region: 'us-east-1',
    cacheFolder: cache,
    cacheBytesMax,
    answerMs,
  };
  const store = await S3Store.open(parseS3Location(`s3://${on.bucket}/${prefix}`), settings);
  return { store, prefix, cache };
}

/** A server for one test, which makes it fail. */
async function ownServer(t: TestContext): Promise<S3Server> {
  const own = await S3Server.start();
  t.after(() => own.close());
  return own;
}

artifactConformance('S3', async (t) => {
  const { store, prefix, cache } = await place(t);
  return {
    store,
    read: async (key) => server.objects.get(prefix + key)!.body,
    tamper: async (key, file, change) => {
      const found = [...server.objects.keys()].find(
        (it) => it.startsWith(`${prefix}${key}/`) && it.endsWith(`/${file}`),
      )!;
      const body = change(server.objects.get(found)!.body);
      if (body === undefined) server.objects.delete(found);
      else server.objects.set(found, { body, modifiedMs: 0 });
    },
    leftovers: async () => await paths(join(cache, '.incoming')).catch(() => []),
  };
});

test('an artifact on S3 is a manifest, and files under their hashes', async (t) => {
  const { store, prefix } = await place(t);
  await store.put('a/b', writing({ 'config.json': '{}' }));
  const own = [...server.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
  assert.deepEqual(own, [
    `${prefix}.store.json`,
    `${prefix}a/b/.data/${sha256}/config.json`,
    `${prefix}a/b/manifest.json`,
  ]);
});

test('a large file is uploaded in parts and read back unchanged', async (t) => {
  const { store, prefix } = await place(t);
  const weights = Buffer.alloc(20 * 2 ** 20 + 1);
  for (let i = 0; i < weights.length - 4; i += 4096) weights.writeUInt32LE(i, i);
  const ref = await store.put('large', (folder) => writeFile(join(folder, 'w.bin'), weights));
  assert.equal(server.requests.filter((line) => line.startsWith(`POST ${prefix}large`)).length, 2);
  assert.equal(server.uploads.size, 0);
  const { folder } = await store.open(ref);
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  assert.equal(hash(await readFile(join(folder, 'w.bin'))), hash(weights));
});

test('an existing artifact is not uploaded again', async (t) => {
  const { store, prefix } = await place(t);
  await store.put('a', writing(model));
  const before = server.requests.length;
  await store.put('a', writing(model));
  const again = server.requests.slice(before).filter((line) => line.startsWith(`PUT ${prefix}`));
  assert.deepEqual(again, []);
});

test('errors, cut connections and timeouts are retried and change nothing', async (t) => {
  const own = await ownServer(t);
  const { store } = await place(t, { on: own, answerMs: 300 });
  for (const fault of ['error', 'slow-down', 'cut', 'silence'] as const) {
    let count = 0;
    own.fault = () => (++count % 3 === 0 ? fault : undefined);
    const ref = await store.put(`a/${fault}`, writing({ ...model, fault }));
    await store.open(ref);
    assert.ok(count > 6);
  }
});

test('a server that stays unavailable is one clear error, and the artifact does not exist', async (t) => {
  const own = await ownServer(t);
  const { store } = await place(t, { on: own });
  own.fault = (line) => (line.startsWith('PUT') ? 'error' : undefined);
  await assert.rejects(store.put('a', writing(model)), {
    name: 'UserError',
    reason: 'UNAVAILABLE',
    message:
      /^artifact store s3:\/\/bucket\/store-\d+\/: the server is unreachable or failing .*InternalError/,
  });
  own.fault = () => undefined;
  assert.equal(await store.find('a'), undefined);
  await store.open(await store.put('a', writing(model)));
});

test('a full store is one clear error', async (t) => {
  const own = await ownServer(t);
  const { store } = await place(t, { on: own });
  own.fault = (line) => (line.startsWith('PUT') ? 'full' : undefined);
  await assert.rejects(store.put('a', writing(model)), {
    reason: 'RESOURCE_EXHAUSTED',
    message: /the store is full/,
  });
});

test('on a server that ignores conditions the loser of two writers gets an error', async (t) => {
  const own = await ownServer(t);
  own.ignoresConditions = true;
  const { store } = await place(t, { on: own });
  let other: Promise<unknown> | undefined;
  own.fault = (line) => {
    // The second writer replaces the manifest before the first one reads it back.
    if (other === undefined && line.startsWith('PUT') && line.endsWith('/a/manifest.json')) {
      const key = line.slice('PUT '.length);
      other = new Promise((resolve) => setImmediate(resolve)).then(() => {
        own.objects.set(key, { body: Buffer.from('{"files":{}}'), modifiedMs: Date.now() });
      });
    }
    return undefined;
  };
  await assert.rejects(store.put('a', writing(model)), {
    reason: 'ALREADY_EXISTS',
    message: /exists with other content/,
  });
});

test('a copy is fetched once, and again when it is damaged', async (t) => {
  const { store, prefix } = await place(t);
  const ref = await store.put('a', writing(model));
  const fetched = () => server.requests.filter((line) => line.startsWith(`GET ${prefix}a/.data/`)).length;
  await Promise.all([store.open(ref), store.open(ref)]);
  const { folder } = await store.open(ref);
  assert.equal(fetched(), 2);
  await writeFile(join(folder, 'config.json'), '{"changed":1}');
  assert.equal((await store.open(ref)).folder, folder);
  assert.equal(await readFile(join(folder, 'config.json'), 'utf8'), '{}');
  assert.equal(fetched(), 4);
});

test('the cache evicts the least recently used copies, and none that is in use', async (t) => {
  const { store } = await place(t, { cacheBytesMax: 10 });
  const refs = [];
  for (const name of ['old', 'older', 'new']) refs.push(await store.put(name, writing({ name })));
  const folders = [];
  for (const ref of refs) folders.push((await store.open(ref)).folder);
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  await utimes(folders[0]!, ago(7), ago(7));
  await utimes(folders[1]!, ago(8), ago(8));
  await store.open(await store.put('x', writing({ name: '7 bytes' })));
  const left = await paths(join(folders[0]!, '..'));
  assert.deepEqual(
    folders.map((folder) => left.includes(folder.split('/').at(-1)!)),
    [false, false, true],
  );
});

const ways: Record<string, [(own: S3Server) => { url?: string; env?: Record<string, string> }, RegExp]> = {
  'missing credentials': [
    () => ({ env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' } }),
    /: no credentials; set AWS_ACCESS_KEY_ID/,
  ],
  'refused credentials': [
    () => ({ env: { AWS_ACCESS_KEY_ID: 'somebody' } }),
    /: access denied \(InvalidAccessKeyId\)/,
  ],
  'a missing bucket': [() => ({ url: 's3://nowhere/x' }), /s3:\/\/nowhere\/x\/: the bucket does not exist/],
  'an unreachable server': [
    () => ({ env: { SOAR_S3_ENDPOINT: 'http://127.0.0.1:9' } }),
    /: the server is unreachable .*ECONNREFUSED/,
  ],
  'a malformed endpoint': [
    () => ({ env: { SOAR_S3_ENDPOINT: 'minio:9000' } }),
    /^SOAR_S3_ENDPOINT: expected http/,
  ],
  'a malformed location': [() => ({ url: 's3://Bucket/../x' }), /expected s3:\/\/bucket\/prefix/],
  'a newer store': [
    (own) => {
      own.objects.set('x/.store.json', { body: Buffer.from('{"format":2}'), modifiedMs: 0 });
      return {};
    },
    /\.store\.json says "\{\\"format\\":2\}", expected format 1; update the software/,
  ],
};
for (const [what, [prepare, message]] of Object.entries(ways)) {
  test(`${what}: one clear message when the store is opened`, async (t) => {
    const own = await ownServer(t);
    const { url = 's3://bucket/x', env = {} } = prepare(own);
    const cache = await scratch(t);
    const set = { ...ENVIRONMENT, SOAR_S3_ENDPOINT: own.endpoint, SOAR_S3_CACHE: cache, ...env };
    const kept = Object.keys(set).map((name) => [name, process.env[name] ?? ''] as const);
    t.after(() => Object.assign(process.env, Object.fromEntries(kept)));
    Object.assign(process.env, set);
    await assert.rejects(openArtifactStore(url), { name: 'UserError', message });
  });
}

test('a sweep removes only uploads that have had no manifest for a week', async (t) => {
  const { store, prefix } = await place(t);
  const ref = await store.put('run/a', writing({ x: '1', y: '2' }));
  const old = { body: Buffer.from('z'), modifiedMs: Date.now() - 8 * 24 * 3600 * 1000 };
  for (const [name, object] of server.objects)
    if (name.startsWith(prefix)) server.objects.set(name, { ...object, modifiedMs: old.modifiedMs });
  const hash = 'f'.repeat(64);
  const left = [`run/a/.data/${hash}/x`, `run/dead/.data/${hash}/x`];
  for (const name of left) server.objects.set(prefix + name, old);
  server.objects.set(`${prefix}run/fresh/.data/${hash}/x`, { ...old, modifiedMs: Date.now() });
  const upload = { key: `${prefix}run/dead/.data/${hash}/y`, parts: new Map(), initiatedMs: old.modifiedMs };
  server.uploads.set('dead', upload);
  assert.equal(await store.sweepAbandoned(), 3);
  for (const name of left) assert.ok(!server.objects.has(prefix + name), name);
  assert.ok(server.objects.has(`${prefix}run/fresh/.data/${hash}/x`));
  assert.ok(!server.uploads.has('dead'));
  await store.open(ref);
  assert.equal(await store.sweepAbandoned(), 0);
});

test('lists more than one page', async (t) => {
  const { store, prefix } = await place(t);
  const ref = await store.put('seed', writing({ x: '1' }));
  const { body } = server.objects.get(`${prefix}seed/manifest.json`)!;
  for (let i = 0; i < 1_200; i++)
    server.objects.set(`${prefix}many/a-${i}/manifest.json`, { body, modifiedMs: 0 });
  const found = await collect(store.list('many'));
  assert.equal(found.length, 1_200);
  assert.equal(found[0]!.sha256, ref.sha256);
});
