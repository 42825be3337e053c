/** What every server of HTTP does, over real sockets. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CertificateAuthority } from '@soar/testkit';
import { json, send } from './answer.js';
import { type HttpServerOptions, startHttpServer } from './server.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-http-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function started(t: TestContext, more: Partial<HttpServerOptions> = {}) {
  const server = await startHttpServer({
    listen: '127.0.0.1:0',
    insecure: false,
    connectionsMax: 8,
    requestMs: 1_000,
    headers: { 'x-of-all': 'yes' },
    answer: async (_, response) => send(response, json({ ok: true })),
    failure: () => json({ ok: false }, 500),
    log: () => undefined,
    ...more,
  });
  t.after(() => server.stop());
  return server;
}

/** Common name of the certificate that a server shows. */
function shownBy(address: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`https://${address}/`, { ca, agent: false }, (response) => {
      const socket = response.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } };
      resolve(socket.getPeerCertificate().subject.CN);
      response.resume();
    }).on('error', reject);
  });
}

test('HTTPS follows its certificate when the files are replaced', async (t) => {
  const authority = new CertificateAuthority('ours');
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const issue = (name: string): void => {
    const { cert, key } = authority.issue(name, { hosts: ['127.0.0.1'] });
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
  };
  issue('first');
  const { address } = await started(t, { tls: files });
  assert.equal(await shownBy(address, authority.cert), 'first');
  issue('second');
  let shown = '';
  for (let i = 0; i < 100 && shown !== 'second'; i++) {
    await sleep(100);
    shown = await shownBy(address, authority.cert);
  }
  assert.equal(shown, 'second');
});

test('a certificate that cannot be used, and plain text off loopback, are refused at the start', async (t) => {
  const none = join(folder, 'none.pem');
  writeFileSync(none, 'nothing');
  await assert.rejects(started(t, { tls: { cert: none, key: none } }), /--tls-cert .*holds no certificate/);
  await assert.rejects(started(t, { listen: '0.0.0.0:0' }), /not a loopback address/);
});

test('every answer has the headers of all; what is thrown has its own answer, and a bug is in the log', async (t) => {
  const lines: string[] = [];
  const { address } = await started(t, {
    log: (line) => void lines.push(line),
    answer: async ({ url }, response) => {
      if (url === '/bug') throw new TypeError('broken');
      send(response, json({ ok: true }));
    },
  });
  const good = await fetch(`http://${address}/`);
  assert.deepEqual(
    [good.status, good.headers.get('x-of-all'), await good.json()],
    [200, 'yes', { ok: true }],
  );
  const bad = await fetch(`http://${address}/bug`);
  assert.deepEqual([bad.status, await bad.json()], [500, { ok: false }]);
  assert.match(lines.join('\n'), /TypeError: broken/);
});

test('a server that stops lets an answer in progress end, and no longer than its drain', async (t) => {
  let begun = 0;
  const options = (ms: number, drainMs: number): Partial<HttpServerOptions> => ({
    drainMs,
    answer: async (_, response) => {
      begun++;
      await sleep(ms);
      send(response, json({ ok: true }));
    },
  });
  const asked = async (ms: number, drainMs: number): Promise<unknown> => {
    const server = await started(t, options(ms, drainMs));
    const answer = fetch(`http://${server.address}/`).then(
      (found) => found.json(),
      () => 'cut off',
    );
    for (const before = begun; begun === before;) await sleep(5);
    await server.stop();
    return answer;
  };
  assert.deepEqual(await asked(200, 10_000), { ok: true });
  assert.equal(await asked(10_000, 50), 'cut off');
});
