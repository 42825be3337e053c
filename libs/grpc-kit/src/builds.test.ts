import { BuildService, VerifierService } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { expectedBuild, expectingBuilds, type ServerBuild } from './builds.js';
import { askBuild } from './client/ask-build.js';
import { createClient } from './client/client.js';
import { startServer } from './server/server.js';
import { service } from './service.js';

/** A verifier that is the build `fingerprint`, whose ParseAnswer returns what it expects of the build of `asked`. */
async function verifier(t: TestContext, fingerprint: string | undefined, calls: string[] = []) {
  const build: ServerBuild | undefined =
    fingerprint === undefined ? undefined : { service: 'verifier', fingerprint };
  const impl = service(VerifierService, {
    verify: async () => ({}),
    verifyBatch: async () => ({}),
    parseAnswer: async ({ domain }) => {
      await new Promise((resolve) => setImmediate(resolve));
      calls.push(domain);
      return { answers: [{ parsed: true, canonical: expectedBuild('verifier') ?? 'none', reason: '' }] };
    },
    listDomains: async () => ({}),
  });
  const own = service(BuildService, {
    getBuild: async () => ({ build: { version: '9', fingerprint: fingerprint! } }),
  });
  const services = fingerprint === undefined ? [impl] : [impl, own];
  const server = await startServer({ listen: '127.0.0.1:0', services, ...(build && { build }) });
  t.after(() => server.stop());
  const client = createClient(VerifierService, server.address);
  t.after(() => client.close());
  const parse = async (): Promise<string> =>
    (await client.parseAnswer({ domain: 'math', answers: ['1'] })).answers[0]!.canonical;
  return { parse, address: server.address };
}

const expecting = (fingerprint: string, work: () => Promise<string>): Promise<string> =>
  expectingBuilds(() => new Map([['verifier', fingerprint]]), work);

test('a call without expectations is answered by any build', async (t) => {
  for (const build of ['a', undefined]) assert.equal(await (await verifier(t, build)).parse(), 'none');
});

test('what a call expects goes along with it, to the handler and what that awaits', async (t) => {
  const { parse } = await verifier(t, 'a');
  assert.equal(await expecting('a', parse), 'a');
});

test('a call that expects another build is refused before any work', async (t) => {
  const calls: string[] = [];
  const { parse } = await verifier(t, 'b', calls);
  await assert.rejects(expecting('a', parse), {
    reason: 'BUILD_CHANGED',
    message: /this verifier is another build/,
  });
  assert.deepEqual(calls, []);
});

test('an answer of a server that does not say what it is is refused', async (t) => {
  const { parse } = await verifier(t, undefined);
  await assert.rejects(expecting('a', parse), { reason: 'BUILD_CHANGED' });
  assert.equal(await expecting('', parse), '');
});

test('a server that names itself is another build than one that did not', async (t) => {
  const { parse } = await verifier(t, 'a');
  await assert.rejects(expecting('', parse), { reason: 'BUILD_CHANGED' });
});

test('a service without GetBuild has a name and no version', async (t) => {
  for (const [fingerprint, version] of [
    ['a', '9'],
    [undefined, ''],
  ] as const) {
    const { address } = await verifier(t, fingerprint);
    const client = createClient(BuildService, address);
    t.after(() => client.close());
    const [found] = await askBuild(client, 'verifier', {});
    assert.deepEqual(
      [found?.address, found?.build?.service, found?.build?.version],
      [address, 'verifier', version],
    );
  }
});
