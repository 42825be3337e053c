import {
  Client as Channel,
  credentials as grpcCredentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@soar/contracts/grpc';
import { messageOf, Overloaded, UserError } from '@soar/core';
import { CertificateAuthority } from '@soar/testkit';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admission } from './admission.js';
import { openCallCredentials } from '../security/call-credentials.js';
import { createClient } from '../client/client.js';
import { Echo, problem } from '../testing/echo.js';
import { type RunningServer, type ServerOptions, startServer } from './server.js';
import { service, type ServiceImpl } from '../service.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-tokens-'));
after(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const OLD = 'old-0123456789abcdef';
const NEW = 'new-0123456789abcdef';

async function withServer(
  options: Partial<ServerOptions>,
  work: (server: RunningServer) => Promise<void>,
  impl: Partial<ServiceImpl<typeof Echo>> = {},
): Promise<void> {
  const echo = service(Echo, {
    one: async (request) => request,
    count: async function* () {},
    join: async () => ({}),
    each: async function* () {},
    ...impl,
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

/** One call with the token in `tokenFile`, or without one. */
async function call(address: string, tokenFile?: string): Promise<string> {
  const credentials = openCallCredentials(tokenFile === undefined ? {} : { tokenFile });
  const echo = createClient(Echo, address, { credentials, deadlineMs: 5_000, attemptsMax: 1 });
  try {
    return (await echo.one(problem('hello'))).question;
  } finally {
    echo.close();
    credentials.close();
  }
}

test('a call without a token that the server accepts is UNAUTHENTICATED', async () => {
  const both = write('both', `${OLD}\n\n${NEW}\n`);
  await withServer({ tokenFile: both }, async ({ address }) => {
    assert.equal(await call(address, both), 'hello');
    assert.equal(await call(address, write('new', NEW)), 'hello');
    await assert.rejects(call(address), {
      reason: 'UNAUTHENTICATED',
      message: 'this server requires a bearer token; give --token-file',
    });
    for (const wrong of [`${OLD}x`, OLD.slice(0, -1), OLD.toUpperCase(), `x${NEW}`]) {
      await assert.rejects(call(address, write('wrong', wrong)), {
        reason: 'UNAUTHENTICATED',
        message: 'this server does not accept the bearer token; check --token-file',
      });
    }
  });
});

test('a malformed authorization header is UNAUTHENTICATED on the wire', async () => {
  await withServer({ tokenFile: write('token', OLD) }, async ({ address }) => {
    const raw = new Channel(address, grpcCredentials.createInsecure());
    const same = (bytes: Buffer) => bytes;
    for (const header of [
      undefined,
      '',
      OLD,
      'Bearer',
      'Bearer ',
      `Basic ${OLD}`,
      `Bearer ${OLD} ${OLD}`,
      'Bearer é',
    ]) {
      const metadata = new Metadata();
      if (header !== undefined && /^[ -~]*$/.test(header)) metadata.set('authorization', header);
      const error = await new Promise<ServiceError | null>((resolve) => {
        raw.makeUnaryRequest('/test.Echo/One', same, same, Buffer.alloc(0), metadata, resolve);
      });
      assert.match(error?.message ?? '', /^16 UNAUTHENTICATED: /, header);
    }
    raw.close();
  });
});

test('tokens rotate through a file with both, and no call is refused', async () => {
  const server = write('server-tokens', OLD);
  const client = write('client-token', OLD);
  const watching = { pollMs: 10, log: () => {} };
  await withServer({ tokenFile: server, pollMs: 10 }, async ({ address }) => {
    const credentials = openCallCredentials({ tokenFile: client }, watching);
    const echo = createClient(Echo, address, { credentials, deadlineMs: 5_000, attemptsMax: 1 });
    const accepted = async (token: string): Promise<void> => {
      const file = write('probe', token);
      for (let i = 0; i < 200; i++) {
        await echo.one(problem('q')); // never refused
        if (await call(address, file).catch(() => '')) return;
        await sleep(10);
      }
      assert.fail(`${token} is not accepted`);
    };
    write('server-tokens', `${OLD}\n${NEW}`);
    await accepted(NEW);
    write('client-token', NEW);
    for (let i = 0; i < 200 && !credentials.metadata().get('authorization').includes(`Bearer ${NEW}`); i++)
      await sleep(10);
    write('server-tokens', NEW);
    for (let i = 0; i < 200 && (await call(address, write('probe', OLD)).catch(() => '')) !== ''; i++)
      await sleep(10);
    await assert.rejects(call(address, write('probe', OLD)), { reason: 'UNAUTHENTICATED' });
    assert.equal((await echo.one(problem('q'))).question, 'q');
    echo.close();
    credentials.close();
  });
});

test('without a token only Health.Check can be called', async () => {
  await withServer({ tokenFile: write('token', OLD) }, async ({ address }) => {
    const health = createClient(Health, address, { deadlineMs: 5_000, attemptsMax: 1 });
    assert.equal((await health.check({})).status, Status.SERVING);
    const watch = async () => {
      for await (const _ of health.watch({}));
    };
    await assert.rejects(watch(), { reason: 'UNAUTHENTICATED' });
    health.close();
  });
});

test('the separate health address serves only health, in plain text', async () => {
  const { cert, key } = new CertificateAuthority('ours').issue('server');
  const tls = { cert: write('cert.pem', cert), key: write('key.pem', key) };
  const options = { tls, tokenFile: write('token', OLD), health: '127.0.0.1:0' };
  await withServer(options, async ({ healthAddress, address }) => {
    assert.notEqual(healthAddress, address);
    const health = createClient(Health, healthAddress!, { deadlineMs: 5_000, attemptsMax: 1 });
    assert.equal((await health.check({ service: 'test.Echo' })).status, Status.SERVING);
    health.close();
    await assert.rejects(call(healthAddress!), { reason: 'FAILED_PRECONDITION', message: /no such method/ });
  });
});

test('a server on standby is alive, and its services are not ready', async () => {
  let listen = '';
  await withServer({}, async ({ address }) => void (listen = address));
  const health = createClient(Health, listen, { deadlineMs: 5_000, attemptsMax: 20 });
  const statusOf = async (service: string) => (await health.check({ service })).status;
  const watched: Status[] = [];
  let watching: Promise<void> | undefined;
  const beforeListen = async () => {
    assert.equal(await statusOf(''), Status.SERVING);
    assert.equal(await statusOf('test.Echo'), Status.NOT_SERVING);
    watching = (async () => {
      for await (const { status } of health.watch({ service: 'test.Echo' })) watched.push(status);
    })();
    while (watched.length === 0) await sleep(10);
  };
  await withServer({ health: listen, beforeListen }, async ({ address }) => {
    assert.equal(await statusOf('test.Echo'), Status.SERVING);
    assert.equal(await call(address), 'hello');
  });
  await watching;
  assert.deepEqual(watched, [Status.NOT_SERVING, Status.SERVING, Status.NOT_SERVING]);
  health.close();
});

test('a server whose beforeListen fails does not listen', async () => {
  const beforeListen = () => Promise.reject(new Error('no store'));
  await assert.rejects(
    withServer({ beforeListen }, async () => assert.fail('it listens')),
    { message: 'no store' },
  );
});

test('a health address in use fails the start and frees the main address', async () => {
  await withServer({}, async ({ address: taken }) => {
    let address = '';
    await withServer({}, async (free) => void (address = free.address));
    const clash = withServer({ listen: address, health: taken }, async () => assert.fail('it listens'));
    await assert.rejects(clash, { message: new RegExp(`^health ${taken}: the address is in use`) });
    await withServer({ listen: address }, async () => {});
  });
});

test('a token is not sent off loopback in plain text unless insecure is set', () => {
  const tokenFile = write('token', OLD);
  const open = (insecure: boolean) => openCallCredentials({ tokenFile, insecure });
  for (const address of ['10.0.0.1:1', 'trainer:1', 'dns:///localhost:1', '127.0.0.1:1,10.0.0.1:1']) {
    const refused = () => createClient(Echo, address, { credentials: open(false) });
    assert.throws(
      refused,
      /would be sent there in plain text\. Use TLS \(--tls-ca\), or --insecure/,
      address,
    );
    createClient(Echo, address, { credentials: open(true) }).close();
  }
  for (const address of ['127.0.0.1:1', 'localhost:1', '[::1]:1'])
    createClient(Echo, address, { credentials: open(false) }).close();
});

test('an unusable token file is refused, and tokens are not shown', () => {
  const refusals: [string, RegExp][] = [
    ['', /^UserError: --token-file .*: holds no token\. Make one: openssl rand -hex 32$/],
    ['secret', /token 1: expected 16 to 4096 printable ASCII characters without a space, got 6 characters/],
    [`${OLD}\nsecret two words here`, /token 2: expected/],
    [`${OLD}é`, /token 1: expected/],
    [Array.from({ length: 17 }, () => OLD).join('\n'), /17 tokens, one per line; at most 16/],
  ];
  for (const [text, message] of refusals) {
    const opened = () => openCallCredentials({ tokenFile: write('bad', text) });
    assert.throws(opened, message);
    assert.throws(
      opened,
      (error: unknown) => error instanceof UserError && !error.message.includes('secret'),
    );
  }
  assert.throws(
    () => openCallCredentials({ tokenFile: join(folder, 'none') }),
    /--token-file .*none: cannot be read/,
  );
});

test('calls beyond callsMax are told when to retry, and calls that end make room', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let started = 0;
  const one: ServiceImpl<typeof Echo>['one'] = async (request) => {
    started++;
    await released;
    return request;
  };
  await withServer(
    { callsMax: 3 },
    async ({ address }) => {
      const echo = createClient(Echo, address, { deadlineMs: 5_000, attemptsMax: 1 });
      const aborted = new AbortController();
      const cancelled = echo.one(problem('q'), { signal: aborted.signal }).catch(() => 'cancelled');
      const calls = [1, 2].map(() => echo.one(problem('q')));
      while (started < 3) await sleep(5);
      await assert.rejects(echo.one(problem('q')), (error: unknown) => {
        assert.ok(error instanceof Overloaded);
        assert.deepEqual(
          [error.message, error.retryAfterMs],
          ['3 calls are in flight; try again later', 250],
        );
        return true;
      });
      aborted.abort();
      assert.equal(await cancelled, 'cancelled');
      // The server notices the cancellation a little later; calls before that are refused.
      const more: Promise<unknown>[] = [];
      while (started < 4) {
        more.push(echo.one(problem('q')).catch(() => undefined));
        await sleep(10);
      }
      release();
      await Promise.all([...calls, ...more]);
      for (let i = 0; i < 20; i++) await echo.one(problem('q')); // no call is still counted
      echo.close();
    },
    { one },
  );
});

test("a peer over its rate is told when to retry; other peers are unaffected, and idle time doesn't add up", () => {
  let nowMs = 1000;
  const admission = new Admission({ callsPerSecond: 4, now: () => nowMs });
  /** The refusal of a call from `peer`: undefined when it is admitted. */
  const outcome = (peer: string): string | undefined => {
    try {
      admission.admit({ path: '/test.Echo/One', peer, shown: {} });
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  assert.deepEqual(
    Array.from({ length: 5 }, () => outcome('a')),
    [...Array.from({ length: 4 }, () => undefined), 'more than 4 calls a second from a; try again later'],
  );
  assert.equal(outcome('b'), undefined);
  nowMs += 250;
  assert.deepEqual([outcome('a'), outcome('a') === undefined], [undefined, false]);
  nowMs += 60_000;
  assert.equal(Array.from({ length: 9 }, () => outcome('a')).filter((it) => it === undefined).length, 4);
});

test('the rate limit and its retry delay hold over the wire, and 0 is no limit', async () => {
  const burst = async (callsPerSecond: number): Promise<unknown[]> => {
    const refused: unknown[] = [];
    await withServer({ callsPerSecond }, async ({ address }) => {
      const echo = createClient(Echo, address, { deadlineMs: 5_000, attemptsMax: 1 });
      for (let i = 0; i < 50; i++)
        await echo.one(problem('q')).catch((error: unknown) => refused.push(error));
      echo.close();
    });
    return refused;
  };
  const refused = await burst(1);
  assert.ok(refused.length > 0);
  for (const error of refused) {
    assert.ok(error instanceof Overloaded);
    assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 1000, String(error.retryAfterMs));
  }
  assert.deepEqual(await burst(0), []);
});
