import { UserError } from '@soar/core';
import { CertificateAuthority, type CertificatePair } from '@soar/testkit';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { parseAddress } from '../address.js';
import { type CallSecurity, openCallCredentials } from './call-credentials.js';
import { createClient } from '../client/client.js';
import { Echo, problem } from '../testing/echo.js';
import { type RunningServer, type ServerOptions, startServer } from '../server/server.js';
import { service } from '../service.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-tls-'));
after(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const files = (name: string, { cert, key }: CertificatePair) => ({
  cert: write(`${name}.pem`, cert),
  key: write(`${name}.key`, key),
});

const authority = new CertificateAuthority('ours');
const stranger = new CertificateAuthority('a stranger');
const ca = write('ca.pem', authority.cert);
const strangerCa = write('stranger-ca.pem', stranger.cert);
const hosts = ['localhost', '127.0.0.1'];
const server = files('server', authority.issue('server', { hosts }));
const client = files('client', authority.issue('client'));

async function withServer(
  options: Partial<ServerOptions>,
  work: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const echo = service(Echo, {
    one: async (request) => request,
    count: async function* () {},
    join: async () => ({}),
    each: async function* () {},
  });
  const running = await startServer({
    listen: '127.0.0.1:0',
    services: [echo],
    log: () => {},
    drainMs: 300,
    ...options,
  });
  try {
    await work(running);
  } finally {
    await running.stop();
  }
}

/** One call with its own credentials, so that it opens a new connection. */
async function call(address: string, security: CallSecurity): Promise<string> {
  const credentials = openCallCredentials(security);
  const echo = createClient(Echo, address, { credentials, deadlineMs: 5_000, attemptsMax: 1 });
  try {
    return (await echo.one(problem('hello'))).question;
  } finally {
    echo.close();
    credentials.close();
  }
}

const unavailable = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error));
  assert.equal(error.reason, 'UNAVAILABLE');
  assert.match(error.message, message);
  assert.doesNotMatch(error.message, /openssl|\.c:|\n/);
  return true;
};

test('a call over TLS succeeds, by name and by address', async () => {
  await withServer({ tls: server }, async ({ address }) => {
    assert.equal(await call(address, { tls: { ca } }), 'hello');
    assert.equal(await call(address.replace('127.0.0.1', 'localhost'), { tls: { ca } }), 'hello');
  });
});

test('a server certificate of another authority is not trusted', async () => {
  await withServer({ tls: server }, async ({ address }) => {
    await assert.rejects(
      call(address, { tls: { ca: strangerCa } }),
      unavailable(/not reachable \(.*certificate.*\)\. No authority of --tls-ca signed its certificate$/),
    );
  });
});

test('a server with an expired certificate is not trusted, and logs it', async () => {
  const logged: string[] = [];
  const expired = files('expired', authority.issue('server', { hosts, days: -1 }));
  await withServer({ tls: expired, log: (line) => logged.push(line) }, async ({ address }) => {
    await assert.rejects(
      call(address, { tls: { ca } }),
      unavailable(/\(certificate has expired\)\. Renew the server's certificate$/),
    );
  });
  assert.match(logged[0]!, /^--tls-cert .*expired\.pem: expired on .* Renew it$/);
});

test('a certificate for another host is not trusted, unless serverName names that host', async () => {
  const named = files('named', authority.issue('trainer', { hosts: ['trainer.soar'] }));
  await withServer({ tls: named }, async ({ address }) => {
    await assert.rejects(
      call(address, { tls: { ca } }),
      unavailable(/altnames.*\. Use a name that its certificate carries/),
    );
    const credentials = openCallCredentials({ tls: { ca } });
    const echo = createClient(Echo, address, { credentials, serverName: 'trainer.soar', deadlineMs: 5_000 });
    assert.equal((await echo.one(problem('hello'))).question, 'hello');
    echo.close();
    credentials.close();
  });
});

test('with mTLS a client needs a certificate of the authority; the error says what is missing', async () => {
  await withServer({ tls: { ...server, clientCa: ca } }, async ({ address }) => {
    assert.equal(await call(address, { tls: { ca, ...client } }), 'hello');
    await assert.rejects(
      call(address, { tls: { ca } }),
      unavailable(/It requires a client certificate: give --tls-client-cert and --tls-client-key$/),
    );
    const foreign = files('foreign', stranger.issue('client'));
    await assert.rejects(
      call(address, { tls: { ca, ...foreign } }),
      unavailable(/does it expect TLS .*, or a certificate that another authority signed/),
    );
    const expired = files('expired-client', authority.issue('client', { days: -1 }));
    await assert.rejects(
      call(address, { tls: { ca, ...expired } }),
      unavailable(/It closes new connections/),
    );
  });
});

test('plain text and TLS cannot connect, and the error says which side lacks TLS', async () => {
  await withServer({ tls: server }, async ({ address }) => {
    await assert.rejects(
      call(address, {}),
      unavailable(/closes new connections: does it expect TLS \(--tls-ca\)/),
    );
  });
  await withServer({}, async ({ address }) => {
    await assert.rejects(
      call(address, { tls: { ca } }),
      unavailable(/answers without TLS: start it with --tls-cert/),
    );
  });
});

test('unusable files are refused before a server listens or a client calls', async () => {
  const other = files('other', authority.issue('other'));
  const refusals: [Partial<ServerOptions>, RegExp][] = [
    [
      { tls: { ...server, cert: join(folder, 'none.pem') } },
      /^--tls-cert .*none\.pem: cannot be read: ENOENT: no such/,
    ],
    [{ tls: { ...server, key: folder } }, /^--tls-key .*: cannot be read: EISDIR/],
    [
      { tls: { ...server, key: other.key } },
      /^--tls-key .*other\.key: is not the key of the certificate .*CN=server/,
    ],
    [
      { tls: { ...server, cert: write('empty.pem', '') } },
      /^--tls-cert .*empty\.pem: holds no certificate; expected PEM/,
    ],
    [
      { tls: { ...server, key: server.cert } },
      /^--tls-key .*server\.pem: holds no private key; expected PEM/,
    ],
    [{ tls: { ...server, clientCa: server.key } }, /^--tls-client-ca .*server\.key: holds no certificate/],
    [
      { tls: { ...server, cert: write('huge.pem', 'x'.repeat(2 ** 20 + 1)) } },
      /^--tls-cert .*1048577 bytes, at most/,
    ],
  ];
  for (const [options, message] of refusals) {
    const started = withServer(options, async () => assert.fail('it listens'));
    await assert.rejects(started, (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(
    () => openCallCredentials({ tls: { ca: join(folder, 'none') } }),
    /--tls-ca .*none: cannot be read/,
  );
  const mixed = { ca, cert: client.cert, key: other.key };
  assert.throws(
    () => openCallCredentials({ tls: mixed }),
    /--tls-client-key .*is not the key of the certificate/,
  );
});

/** Serial number of the server's certificate on a new connection. */
async function serialShown(address: string): Promise<string> {
  const { host, port } = parseAddress(address);
  const socket = connect({ host, port, ca: authority.cert, ALPNProtocols: ['h2'], servername: 'localhost' });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function until(what: () => Promise<boolean> | boolean, message: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await what()) return;
    await sleep(25);
  }
  assert.fail(message);
}

/** A mounted Secret as Kubernetes makes it: files are links through ..data, which is swapped atomically. */
function mount(
  name: string,
  generation: number,
  pair: CertificatePair,
): { cert: string; key: string; ca: string } {
  const root = join(folder, name);
  mkdirSync(join(root, `..${generation}`), { recursive: true });
  writeFileSync(join(root, `..${generation}`, 'tls.crt'), pair.cert);
  writeFileSync(join(root, `..${generation}`, 'tls.key'), pair.key);
  writeFileSync(join(root, `..${generation}`, 'ca.crt'), authority.cert);
  symlinkSync(`..${generation}`, join(root, '..data_tmp'));
  renameSync(join(root, '..data_tmp'), join(root, '..data'));
  const names = { cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' };
  for (const file of Object.values(names))
    if (generation === 0) symlinkSync(join('..data', file), join(root, file));
  return { cert: join(root, names.cert), key: join(root, names.key), ca: join(root, names.ca) };
}

test('certificates rotate under load: new connections see the new ones and no call fails', async () => {
  const issue = () => authority.issue('rotating', { hosts });
  const mounted = mount('rotating', 0, issue());
  const tls = { cert: mounted.cert, key: mounted.key, clientCa: mounted.ca };
  const watching = { pollMs: 20, log: () => {} };
  await withServer({ tls, pollMs: 20 }, async ({ address }) => {
    const credentials = openCallCredentials({ tls: mounted }, watching);
    const steady = createClient(Echo, address, { credentials, deadlineMs: 10_000, attemptsMax: 1 });
    let loaded = true;
    let calls = 0;
    const loads = [
      // One long-lived connection, and many short ones.
      (async () => {
        while (loaded) calls += Number((await steady.one(problem('q'))).question === 'q');
      })(),
      (async () => {
        while (loaded) calls += Number((await call(address, { tls: mounted })) === 'hello');
      })(),
    ];
    for (let generation = 1; generation <= 5; generation++) {
      const before = await serialShown(address).catch(() => '');
      mount('rotating', generation, issue());
      const callsBefore = calls;
      await until(
        async () => (await serialShown(address).catch(() => before)) !== before,
        'no new certificate',
      );
      await until(() => calls >= callsBefore + 10, 'no calls');
    }
    loaded = false;
    await Promise.all(loads);
    steady.close();
    credentials.close();
  });
});

test('a client certificate is renewed without a new client', async () => {
  const mounted = mount('renewed', 0, stranger.issue('client'));
  const credentials = openCallCredentials({ tls: mounted }, { pollMs: 20, log: () => {} });
  await withServer({ tls: { ...server, clientCa: ca } }, async ({ address }) => {
    const echo = createClient(Echo, address, { credentials, deadlineMs: 5_000, attemptsMax: 1 });
    await assert.rejects(echo.one(problem('q')), { reason: 'UNAVAILABLE' });
    mount('renewed', 1, authority.issue('client'));
    const answered = () =>
      echo.one(problem('q')).then(
        () => true,
        () => false,
      );
    await until(answered, 'the new certificate is not shown');
    echo.close();
  });
  credentials.close();
});

test('a broken renewal is logged once and the old content stays; the next complete one is loaded', async () => {
  const logged: string[] = [];
  const tls = { cert: write('own.pem', ''), key: write('own.key', '') };
  const put = ({ cert, key }: CertificatePair): void => {
    writeFileSync(tls.cert, cert);
    writeFileSync(tls.key, key);
  };
  put(authority.issue('first', { hosts }));
  await withServer({ tls, pollMs: 10, log: (line) => logged.push(line) }, async ({ address }) => {
    const first = await serialShown(address);
    writeFileSync(tls.cert, authority.issue('half', { hosts }).cert);
    await until(() => logged.length > 0, 'nothing is logged');
    await sleep(100);
    assert.equal(logged.length, 1, logged.join('\n'));
    assert.match(
      logged[0]!,
      /^--tls-key .*is not the key of .*CN=half\)\. The previous content stays in use$/,
    );
    assert.equal(await serialShown(address), first);
    rmSync(tls.cert);
    await until(() => logged.length > 1, 'the missing file is not logged');
    assert.match(logged[1]!, /^--tls-cert .*own\.pem: cannot be read: ENOENT.*stays in use$/);
    put(authority.issue('second', { hosts }));
    await until(async () => (await serialShown(address)) !== first, 'the second is not taken');
    assert.match(logged.at(-1)!, /^reloaded: .*own\.pem, .*own\.key$/);
  });
});
