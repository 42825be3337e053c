import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createClient, startServer } from '@soar/grpc-kit';
import { Echo, problem } from '@soar/grpc-kit/testing';

const fixture = new URL('./echo-process.fixture.js', import.meta.url).pathname;

/** Starts the fixture. `exit` resolves to its exit code and its log. */
function start(...args: string[]): {
  child: ChildProcess;
  exit: Promise<{ code: number | null; log: string }>;
} {
  const child = spawn(process.execPath, [fixture, ...args], { timeout: 20_000 });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  return { child, exit: once(child, 'close').then(([code]) => ({ code: code as number | null, log })) };
}

async function ready(child: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const event = JSON.parse(line) as { event: string; service: string; address: string };
  assert.deepEqual({ event: event.event, service: event.service }, { event: 'ready', service: 'echo' });
  return event.address;
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`a service prints its address, and on ${signal} drains, closes and exits 0`, async () => {
    const { child, exit } = start('');
    const address = await ready(child);
    const client = createClient(Echo, address, { deadlineMs: 5_000 });
    assert.equal((await client.one(problem('q'))).question, 'q');
    child.kill(signal);
    const { code, log } = await exit;
    assert.equal(code, 0, log);
    assert.match(log, new RegExp(`echo: shutting down: ${signal}\\n[^\\n]*echo: closed\\n$`));
    client.close();
  });
}

test('a service killed during a call is UNAVAILABLE; the error names the method and the address', async () => {
  const { child, exit } = start('');
  const address = await ready(child);
  const client = createClient(Echo, address, { deadlineMs: 10_000 });
  await client.one(problem('q'));
  const answer = assert.rejects(client.one(problem('wait')), {
    reason: 'UNAVAILABLE',
    message: new RegExp(`^test\\.Echo/One at ${address}: not reachable`),
  });
  setTimeout(() => child.kill('SIGKILL'), 100);
  await Promise.all([answer, exit]);
  client.close();
});

test('a service with exitWithParent exits when its standard input ends', async () => {
  const { child, exit } = start('with-parent');
  await ready(child);
  child.stdin!.end();
  const { code, log } = await exit;
  assert.equal(code, 0, log);
  assert.match(log, /shutting down: standard input ended/);
});

test('a service on standby that gets SIGTERM closes and exits 0', async () => {
  const { child, exit } = start('stand-by');
  await once(child.stderr!, 'data');
  child.kill('SIGTERM');
  const { code, log } = await exit;
  assert.equal(code, 0, log);
  assert.match(log, /echo: on standby\n[^\n]*echo: shutting down: SIGTERM\n[^\n]*echo: closed\n$/);
});

test('an error that the user can fix is one line and exit code 2', async () => {
  const { code, log } = await start('user-error').exit;
  assert.equal(code, 2);
  assert.match(log, /^\S+ echo: store \/x: no such folder\. Create it\n$/);
});

test('an address in use is one line and exit code 2', async () => {
  const server = await startServer({ listen: '127.0.0.1:0', services: [] });
  const { code, log } = await start('', server.address).exit;
  await server.stop();
  assert.equal(code, 2);
  assert.match(log, /^\S+ echo: listen 127\.0\.0\.1:\d+: the address is in use\. [^\n]*\n$/);
});

test('a bug, at the start or later, exits with code 70 and prints its stack', async () => {
  for (const [mode, message] of [
    ['bug', 'broken'],
    ['late-bug', 'broken later'],
  ] as const) {
    const { code, log } = await start(mode).exit;
    assert.equal(code, 70);
    assert.match(log, new RegExp(`echo: bug: TypeError: ${message}\\n +at `));
  }
});
