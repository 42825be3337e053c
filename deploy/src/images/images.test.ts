/** Images by digest. CI reaches no registry, so a server here answers as the distribution specification says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '@soar/core';
import { filesIn, root, textOf } from '../deployed.fixture.js';
import { FILES, imagesIn, pinImages, withDigests } from './pin.js';
import { referenceOf } from './reference.js';
import { digestOf } from './registry.js';

const MANIFEST = '{"schemaVersion":2}';
const DIGEST = `sha256:${createHash('sha256').update(MANIFEST).digest('hex')}`;
const refused = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && message.test(error.message);

let address = '';
/** Gives a token to anyone, and its one manifest to whoever shows it; its own word for the digest is false. */
const registry = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url!, `http://${address}`);
  if (pathname === '/token') return response.end(JSON.stringify({ token: searchParams.get('scope') }));
  if (request.headers.authorization !== 'Bearer repository:team/soar:pull') {
    const realm = `realm="http://${address}/token",service="registry",scope="repository:team/soar:pull"`;
    return response.writeHead(401, { 'www-authenticate': `Bearer ${realm}` }).end();
  }
  if (pathname !== '/v2/team/soar/manifests/0.1.0') return response.writeHead(404).end();
  return response.writeHead(200, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end(MANIFEST);
});
before(async () => {
  await once(registry.listen(0, '127.0.0.1'), 'listening');
  address = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
});
after(() => registry.close());

test('references name a registry, a repository and a version; latest and no tag are refused', () => {
  const parts = (text: string): string[] => {
    const { registry: host, repository, tag } = referenceOf(text);
    return [host, repository, tag];
  };
  assert.deepEqual(parts('node:24-bookworm-slim'), [
    'registry-1.docker.io',
    'library/node',
    '24-bookworm-slim',
  ]);
  assert.deepEqual(parts('otel/collector:1.2'), ['registry-1.docker.io', 'otel/collector', '1.2']);
  assert.deepEqual(parts(`localhost:5000/soar:1@${DIGEST}`), ['localhost:5000', 'soar', '1']);
  assert.throws(() => referenceOf('node:latest'), refused(/latest means another image each day/));
  for (const text of ['node', 'https://node:24', 'node:24@sha256:abc', 'NODE:24', 'node:24 '])
    assert.throws(() => referenceOf(text), refused(/expected \[REGISTRY\/\]NAME:TAG/), text);
});

test('the digest of an image is the hash of what its registry gives, with a token if it wants one', async () => {
  assert.equal(await digestOf(referenceOf(`${address}/team/soar:0.1.0`)), DIGEST);
  await assert.rejects(digestOf(referenceOf(`${address}/team/soar:0.2.0`)), refused(/registry answers 404/));
  await assert.rejects(
    digestOf(referenceOf('127.0.0.1:1/soar:1')),
    refused(/127\.0\.0\.1:1\/soar:1: its digest/),
  );
});

test('digests are written behind every image of others, in place of older ones, in all files or none', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'soar-images-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const file of FILES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, 'deploy', file), join(folder, file));
  }
  const read = (): string[] => FILES.map((file) => readFileSync(join(folder, file), 'utf8'));
  const before = read();
  let asked = 0;
  const failing = () => (++asked > 2 ? Promise.reject(new UserError('away')) : Promise.resolve(DIGEST));
  await assert.rejects(pinImages(folder, failing), refused(/away/));
  assert.deepEqual(read(), before);
  const digests = await pinImages(folder, () => Promise.resolve(DIGEST));
  assert.equal(digests.size, 5);
  const other = `sha256:${'1'.repeat(64)}`;
  for (const [i, text] of read().entries()) {
    const images = imagesIn(before[i]!);
    assert.ok(images.length >= 2, FILES[i]);
    for (const name of images) assert.ok(text.includes(`${name}@${DIGEST}`), name);
    assert.deepEqual(imagesIn(text), images);
    const again = withDigests(text, new Map([...digests.keys()].map((name) => [name, other])));
    assert.equal(again.split(DIGEST).length, 1);
  }
});

test('no file of the deployment names an image without its version', () => {
  for (const file of FILES) for (const name of imagesIn(textOf(`deploy/${file}`))) referenceOf(name);
  for (const file of filesIn('deploy/kubernetes'))
    for (const [, name] of textOf(`deploy/kubernetes/${file}`).matchAll(/^\s+image: (\S+)$/gm))
      referenceOf(name!);
});
