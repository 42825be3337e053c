/** A pool over real servers and sockets: replicas that are unavailable, full, silent, added, removed. */
import { Overloaded, UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Echo, problem } from '../testing/echo.js';
import { replicaAddresses } from './addresses.js';
import { ReplicaPool, type ReplicaPoolOptions } from './pool.js';
import { type RunningServer, startServer } from '../server/server.js';
import { service, type ServiceImpl } from '../service.js';

/** A server of Echo that answers with its name. */
async function serverNamed(
  t: TestContext,
  name: string,
  one: ServiceImpl<typeof Echo>['one'] = async () => problem(name),
  listen = '127.0.0.1:0',
): Promise<RunningServer> {
  const echo = service(Echo, {
    one,
    count: async function* () {},
    join: async () => ({}),
    each: async function* () {},
  });
  const server = await startServer({ listen, services: [echo], log: () => {}, drainMs: 20 });
  t.after(() => server.stop());
  return server;
}

function poolOf(t: TestContext, address: string, options: ReplicaPoolOptions = {}): ReplicaPool<typeof Echo> {
  const pool = new ReplicaPool(Echo, address, { heartbeatMs: 50, ...options });
  t.after(() => pool.close());
  return pool;
}

const ask = async (pool: ReplicaPool<typeof Echo>, key: string, deadlineMs = 20_000): Promise<string> =>
  (await pool.use(key, (client, signal) => client.one(problem('q'), { signal, deadlineMs }))).question;

test('a key keeps its replica, and concurrent work spreads over all replicas', async (t) => {
  const servers = await Promise.all(['a', 'b', 'c'].map((name) => serverNamed(t, name)));
  const pool = poolOf(t, servers.map(({ address }) => address).join(','));
  const first = await ask(pool, 'key');
  for (let i = 0; i < 5; i++) assert.equal(await ask(pool, 'key'), first);
  const all = await Promise.all(Array.from({ length: 9 }, (_, i) => ask(pool, `key ${i}`)));
  for (const name of ['a', 'b', 'c']) assert.equal(all.filter((by) => by === name).length, 3);
});

test('the work of a stopped replica moves to another, and it gets work again once it is back', async (t) => {
  const [a, b] = [await serverNamed(t, 'a'), await serverNamed(t, 'b')];
  const pool = poolOf(t, `${a.address},${b.address}`);
  const key = await keyFor(pool, 'a');
  await a.stop();
  assert.equal(await ask(pool, key), 'b');
  await serverNamed(t, 'a again', undefined, a.address);
  await until(async () => (await ask(pool, key)) === 'a again');
});

test('work in flight moves to another replica when its own stops', async (t) => {
  let reach!: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const a = await serverNamed(t, 'a', (_, { signal }) => {
    reach();
    return sleep(20_000, problem('late'), { signal });
  });
  const b = await serverNamed(t, 'b');
  const pool = poolOf(t, `${a.address},${b.address}`);
  const held = Array.from({ length: 2 }, (_, i) => ask(pool, `key ${i}`)); // one each
  await reached;
  await a.stop();
  assert.deepEqual(await Promise.all(held), ['b', 'b']);
});

test('a full replica is skipped, and when all are full the caller is told when to retry', async (t) => {
  const full = () => Promise.reject(new Overloaded('the queue is full', 400));
  const [a, b] = [await serverNamed(t, 'a', full), await serverNamed(t, 'b')];
  const pool = poolOf(t, `${a.address},${b.address}`);
  for (let i = 0; i < 6; i++) assert.equal(await ask(pool, `key ${i}`), 'b');
  const allFull = poolOf(t, a.address);
  await assert.rejects(
    ask(allFull, 'key'),
    (error) => error instanceof Overloaded && error.retryAfterMs === 400,
  );
});

test('a replica that hangs counts as lost, and its work is done elsewhere', async (t) => {
  const fixture = new URL('./echo-process.fixture.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { address } = JSON.parse(line) as { address: string };
  const b = await serverNamed(t, 'b');
  const pool = poolOf(t, `${address},${b.address}`, { heartbeatTimeoutMs: 500 });
  const key = await keyFor(pool, 'q'); // the process echoes its request
  const waiting = pool.use(key, (client, signal) =>
    client.one(problem(client.address === address ? 'wait' : 'q'), { signal, deadlineMs: 60_000 }),
  );
  await sleep(100);
  child.kill('SIGSTOP');
  assert.equal((await waiting).question, 'b');
  assert.equal(await ask(pool, key), 'b');
  child.kill('SIGCONT');
  await until(async () => (await ask(pool, key)) === 'q');
});

test('replicas come and go with the addresses of their name', async (t) => {
  const [a, port] = await onPort(t, 'a', '127.0.0.1');
  const b = await serverNamed(t, 'b', undefined, `127.0.0.2:${port}`);
  let answer = ['127.0.0.1'];
  const pool = poolOf(t, `dns:///trainers.test:${port}`, { resolve: () => Promise.resolve(answer) });
  assert.equal(await ask(pool, 'key'), 'a');
  answer = ['127.0.0.1', '127.0.0.2'];
  await until(async () => {
    const all = await Promise.all(Array.from({ length: 4 }, (_, i) => ask(pool, `key ${i}`)));
    return new Set(all).size === 2;
  });
  answer = ['127.0.0.2'];
  await until(async () =>
    (await Promise.all(['x', 'y', 'z'].map((key) => ask(pool, key)))).every((by) => by === 'b'),
  );
  answer = [];
  await sleep(150);
  assert.equal(await ask(pool, 'key'), 'b', 'a name without addresses removes no replica');
  await a.stop();
  await b.stop();
});

test('an unreachable service and a malformed address are clear errors', async (t) => {
  const pool = poolOf(t, '127.0.0.1:1,127.0.0.1:2');
  await assert.rejects(ask(pool, 'key', 5_000), { name: 'UserError', reason: 'UNAVAILABLE' });
  const nameless = poolOf(t, 'dns:///none.test:7', { resolve: () => Promise.reject(new Error('ENOTFOUND')) });
  await assert.rejects(ask(nameless, 'key'), {
    reason: 'UNAVAILABLE',
    message: 'dns:///none.test:7: the name cannot be resolved (ENOTFOUND)',
  });
  for (const wrong of ['', 'a', 'a:1,', '127.0.0.1:0', 'dns:///a']) {
    assert.throws(() => replicaAddresses(wrong), UserError, wrong);
  }
});

/** A key that is routed to the replica of this name. */
async function keyFor(pool: ReplicaPool<typeof Echo>, name: string): Promise<string> {
  for (let i = 0; i < 100; i++) if ((await ask(pool, `key ${i}`)) === name) return `key ${i}`;
  throw new Error(`no key belongs to ${name}`);
}

/** A server on a free port of one loopback address. */
async function onPort(t: TestContext, name: string, ip: string): Promise<[RunningServer, number]> {
  const server = await serverNamed(t, name, undefined, `${ip}:0`);
  return [server, Number(server.address.split(':')[1])];
}

/** Waits until `holds`; at most 10 s. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error('the condition did not hold within 10 s');
}
