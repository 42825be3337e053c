/** Calls by HTTP and JSON to the real verifier, and what is refused before it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as domains from '@soar/domains';
import { startVerifier } from '@soar/verifier/dist/testing/running-verifier.js';
import { ask, failureOf } from './testing/asking.js';
import { runningGateway } from './testing/running-gateway.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-gateway-'));
const verifier = await startVerifier(domains, {});
after(async () => {
  await verifier.stop();
  rmSync(folder, { recursive: true, force: true });
});

const SERVICE = '/soar.verifier.v1.VerifierService';
const VERIFY = `${SERVICE}/Verify`;
const GOOD = { domain: 'math', item: { gold: '\\frac{1}{2}', response: 'It is \\boxed{0.5}.' } };
const FLAGS = ['--verifier', verifier.address];

test('a call is a POST of JSON, and its answer is JSON', async (t) => {
  const address = await runningGateway(t, FLAGS);
  const { status, text, headers } = await ask(address, VERIFY, { body: GOOD });
  assert.equal(status, 200, text);
  assert.equal(headers['content-type'], 'application/json');
  const { verification } = JSON.parse(text) as { verification: Record<string, unknown> };
  assert.equal(verification['verdict'], 'VERDICT_CORRECT');
  assert.equal(verification['extracted'], '0.5');
});

test('what curl sends without a Content-Type of its own is JSON too', async (t) => {
  const address = await runningGateway(t, FLAGS);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await ask(address, VERIFY, { body: GOOD, headers })).status, 200);
});

test('a method without side effects may be asked for by GET, and only such a one', async (t) => {
  const address = await runningGateway(t, FLAGS);
  const query = `encoding=json&message=${encodeURIComponent(JSON.stringify(GOOD))}`;
  assert.equal((await ask(address, `${VERIFY}?${query}`, { method: 'GET' })).status, 200);
  const { status, headers } = await ask(
    address,
    '/soar.coordinator.v1.CoordinatorService/CancelRun?encoding=json&message={}',
    { method: 'GET' },
  );
  assert.deepEqual([status, headers['allow']], [405, 'POST']);
});

test('a rule that is broken names its fields, readably', async (t) => {
  const address = await runningGateway(t, FLAGS);
  const { code, message, details } = failureOf(await ask(address, VERIFY), 400);
  assert.equal(code, 'invalid_argument');
  assert.match(message, /VerifierService\/Verify: domain: must be .*; item: value is required/);
  assert.deepEqual(
    details?.map(({ type }) => type),
    ['google.rpc.ErrorInfo', 'google.rpc.BadRequest'],
  );
  assert.deepEqual(details?.[1]?.debug, {
    fieldViolations: [
      { field: 'domain', description: 'must be at least 1 characters' },
      { field: 'item', description: 'value is required' },
    ],
  });
});

test('JSON that is none, a field that does not exist and a value of another type are named', async (t) => {
  const address = await runningGateway(t, FLAGS);
  const wrong: [unknown, RegExp][] = [
    ['{"domain', /JSON: Unterminated string/],
    [{ domian: 'math' }, /VerifyRequest from JSON: key "domian" is unknown/],
    [{ domain: 7 }, /VerifyRequest\.domain from JSON: expected string, got 7/],
  ];
  for (const [body, expected] of wrong) {
    const { code, message } = failureOf(await ask(address, VERIFY, { body }), 400);
    assert.equal(code, 'invalid_argument');
    assert.match(message, expected);
  }
});

test('a probe needs no token and no service', async (t) => {
  const callers = join(folder, 'probed-callers');
  writeFileSync(callers, 'operator a-token-of-more-than-sixteen\n');
  const address = await runningGateway(t, ['--verifier', '127.0.0.1:1', '--callers-file', callers]);
  const { status, text } = await ask(address, '/healthz', { method: 'GET' });
  assert.deepEqual([status, text], [200, 'ok\n']);
  assert.equal((await ask(address, '/healthz', { body: GOOD })).status, 401);
});

test('a method or service that does not exist is told which there are', async (t) => {
  const address = await runningGateway(t, FLAGS);
  const told = async (path: string): Promise<string> => failureOf(await ask(address, path), 404).message;
  assert.match(await told(`${SERVICE}/Verfy`), /Its methods: Verify, VerifyBatch, ParseAnswer, ListDomains$/);
  assert.match(
    await told('/soar.v1.Verifier/Verify'),
    /There are \/soar\.verifier\.v1\.VerifierService\/\.\.\./,
  );
  assert.match(await told('/soar.build.v1.BuildService/GetBuild'), /There are \/verifier\/soar\.build/);
});

test('every backend says what build it is, under its own name', async (t) => {
  const address = await runningGateway(t, [...FLAGS, '--trainer', '']);
  const path = 'soar.build.v1.BuildService/GetBuild';
  // This one is no process, so it has no build to tell: the verifier has answered.
  assert.match(failureOf(await ask(address, `/verifier/${path}`), 400).message, /no such method/);
  assert.match(failureOf(await ask(address, `/trainer/${path}`), 404).message, /no such method/);
});

test('a service that is not there is named with its address', async (t) => {
  const address = await runningGateway(t, ['--verifier', '127.0.0.1:1']);
  const { code, message } = failureOf(await ask(address, VERIFY, { body: GOOD }), 503);
  assert.equal(code, 'unavailable');
  assert.match(message, /VerifierService\/Verify at 127\.0\.0\.1:1: not reachable/);
});

test('a body that is too long is refused unread, and one that does not come is given up', async (t) => {
  const address = await runningGateway(t, FLAGS, { requestMs: 200 });
  const [host, port] = address.split(':');
  const head = `POST ${VERIFY} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`;
  const told = (request: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host: host!, port: Number(port) }, () => socket.write(request));
      let text = '';
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.on('close', () => resolve(text)).on('error', () => undefined);
      t.after(() => socket.destroy());
      setTimeout(() => socket.end(), 6_000).unref();
    });
  const [long, slow] = await Promise.all([
    told(`${head}Content-Length: 99999999\r\n\r\n`),
    told(`${head}Content-Length: 9\r\n\r\n{"a`),
  ]);
  assert.match(long, /^HTTP\/1\.1 413 .*a body of 99999999 bytes; at most 16777216 are accepted/s);
  assert.match(slow, /^HTTP\/1\.1 408 /);
});

test('a page of another origin may not call, unless its origin is allowed', async (t) => {
  const [shut, open] = [
    await runningGateway(t, FLAGS),
    await runningGateway(t, [...FLAGS, '--allow-origin', 'https://app.example,http://127.0.0.1:5173']),
  ];
  const page = { origin: 'https://app.example' };
  for (const headers of [page, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }]) {
    const { code, message } = failureOf(await ask(shut, VERIFY, { body: GOOD, headers }), 403);
    assert.equal(code, 'permission_denied');
    assert.match(message, /start it with --allow-origin/);
  }
  const allowed = await ask(open, VERIFY, { body: GOOD, headers: page });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://app.example');
  assert.equal(allowed.headers['access-control-allow-credentials'], undefined);
  const other = await ask(open, VERIFY, { body: GOOD, headers: { origin: 'https://app.example.evil' } });
  assert.equal(other.status, 403);
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('the question of a browser before a call is answered for allowed origins alone', async (t) => {
  const address = await runningGateway(t, [...FLAGS, '--allow-origin', 'https://app.example']);
  const asked = (origin: string) =>
    ask(address, VERIFY, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  const { status, headers } = await asked('https://app.example');
  assert.equal(status, 204);
  assert.match(String(headers['access-control-allow-headers']), /Connect-Timeout-Ms.*Authorization/i);
  assert.equal((await asked('https://other.example')).status, 403);
});

test('an origin that no browser would send is refused at the start', async (t) => {
  for (const origin of ['*', 'app.example', 'https://app.example/', 'null', 'https://App.example'])
    await assert.rejects(
      runningGateway(t, ['--allow-origin', origin]),
      /--allow-origin: expected an origin such as/,
    );
});

test('under a name of somebody else it does not answer', async (t) => {
  const address = await runningGateway(t, FLAGS);
  const { message } = failureOf(await ask(address, VERIFY, { headers: { host: 'evil.example' } }), 403);
  assert.match(message, /this server is called 127\.0\.0\.1 or localhost/);
});

test('off loopback it must know its callers, or be told that the network is trusted', async (t) => {
  const listen = ['--listen', '0.0.0.0:0'];
  await assert.rejects(runningGateway(t, listen), /Say who may call: give --callers-file; or --insecure/);
  const callersFile = join(folder, 'callers-off-loopback');
  writeFileSync(callersFile, 'reader a-token-of-a-reader\n');
  await assert.rejects(
    runningGateway(t, [...listen, '--callers-file', callersFile]),
    /not a loopback address/,
  );
  await runningGateway(t, [...listen, '--insecure']);
  await assert.rejects(
    runningGateway(t, ['--trainer', 'trainer.example:7102']),
    /tokens of callers would be sent there in plain text/,
  );
});
