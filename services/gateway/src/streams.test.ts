/** Calls of @soar/client through the gateway: streams, deadlines, tokens, errors, and the ends of calls. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, RunState, SoarError } from '@soar/client';
import { ask, failureOf } from './testing/asking.js';
import { runningGateway } from './testing/running-gateway.js';
import { StandInCoordinator } from './testing/stand-in-coordinator.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-gateway-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const RUNS = '/soar.coordinator.v1.CoordinatorService';

/** Waits for what the other end notices a moment later. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    assert.ok(waited < 5_000, 'not within 5 s');
    await sleep(10);
  }
}

test('a run is watched to its end, heartbeats left out', async (t) => {
  const coordinator = await new StandInCoordinator().start(t);
  const soar = connect(`http://${await runningGateway(t, ['--coordinator', coordinator.address])}`);
  const events = [];
  for await (const event of soar.watchRun('one')) {
    events.push(event.run?.state ?? event.progress?.done);
    if (event.progress?.done === 1) coordinator.state = RunState.SUCCEEDED;
  }
  assert.deepEqual([events.slice(0, 3), events.at(-1)], [[RunState.RUNNING, 0, 1], RunState.SUCCEEDED]);
  assert.ok(
    events.every((event) => event !== undefined),
    'no heartbeats',
  );
});

test('a stream is asked for by plain JSON too, and is a line of JSON a message', async (t) => {
  const coordinator = await new StandInCoordinator().start(t);
  const address = await runningGateway(t, ['--coordinator', coordinator.address]);
  setTimeout(() => (coordinator.state = RunState.FAILED), 100);
  const reply = await ask(address, `${RUNS}/WatchRun`, { body: { id: 'one' } });
  assert.deepEqual([reply.status, reply.headers['content-type']], [200, 'application/x-ndjson']);
  const messages = reply.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { run?: { state: string } });
  assert.deepEqual(
    [messages[0], messages.at(-1)].map((message) => message?.run?.state),
    ['RUN_STATE_RUNNING', 'RUN_STATE_FAILED'],
  );
  const missing = failureOf(await ask(address, `${RUNS}/WatchRun`, { body: { id: 'none' } }), 404);
  assert.deepEqual([missing.code, missing.message], ['not_found', 'there is no run "none"']);
  const late = await ask(address, `${RUNS}/WatchRun`, {
    body: { id: 'endless' },
    headers: { 'connect-timeout-ms': '150' },
  });
  assert.match(late.text, /^\{"run".*\n\{"error":\{"code":"deadline_exceeded",.*\n$/s);
});

test('a watch outlives a restart of the coordinator, and of the gateway', async (t) => {
  const first = await new StandInCoordinator().start(t);
  const soar = connect(`http://${await runningGateway(t, ['--coordinator', first.address])}`);
  const states: (RunState | undefined)[] = [];
  let next: StandInCoordinator | undefined;
  for await (const { run } of soar.watchRun('one')) {
    if (run !== undefined) states.push(run.state);
    if (next !== undefined) {
      next.state = RunState.CANCELLED;
      continue;
    }
    await first.stop();
    next = await new StandInCoordinator().start(t, first.address);
  }
  assert.deepEqual([states[0], states.at(-1)], [RunState.RUNNING, RunState.CANCELLED]);
  assert.ok(states.length >= 3, 'the present state is repeated');
});

test('a run that does not exist and a gateway that is not there are errors at once', async (t) => {
  const coordinator = await new StandInCoordinator().start(t);
  const address = await runningGateway(t, ['--coordinator', coordinator.address]);
  const watched = (url: string, id: string) => connect(url).watchRun(id)[Symbol.asyncIterator]().next();
  await assert.rejects(watched(`http://${address}`, 'none'), (error: unknown) => {
    assert.ok(error instanceof SoarError);
    assert.deepEqual(
      [error.reason, error.where, error.message],
      ['NOT_FOUND', 'id', 'there is no run "none"'],
    );
    return true;
  });
  await assert.rejects(watched('http://127.0.0.1:1', 'one'), {
    reason: 'UNAVAILABLE',
    message: /WatchRun at 127\.0\.0\.1:1: not reachable .* Is the gateway running there\?/,
  });
});

test('whoever leaves a stream or a call ends it at the service', async (t) => {
  const coordinator = await new StandInCoordinator().start(t);
  const soar = connect(`http://${await runningGateway(t, ['--coordinator', coordinator.address])}`);
  for await (const { progress } of soar.watchRun('one')) if (progress?.done === 1) break;
  await eventually(() => coordinator.cancelled.includes('WatchRun'));
  const leaving = new AbortController();
  const call = soar.coordinator.getRun({ id: 'one' }, { signal: leaving.signal });
  await eventually(() => coordinator.deadlines.length === 2);
  leaving.abort();
  await assert.rejects(call, { reason: 'CANCELLED' });
  await eventually(() => coordinator.cancelled.includes('GetRun'));
});

test('a deadline goes along to the service, and without one the gateway has its own', async (t) => {
  const coordinator = await new StandInCoordinator().start(t);
  const address = await runningGateway(t, ['--coordinator', coordinator.address, '--deadline-seconds', '1']);
  const given = await ask(address, `${RUNS}/GetRun`, {
    body: { id: 'one' },
    headers: { 'connect-timeout-ms': '100' },
  });
  assert.match(
    failureOf(given, 504).message,
    /GetRun: no answer within the deadline; a longer one: Connect-Timeout-Ms/,
  );
  const none = await ask(address, `${RUNS}/GetRun`, { body: { id: 'one' } });
  assert.match(failureOf(none, 504).message, /no answer within the deadline/);
  const [first, second] = coordinator.deadlines;
  assert.ok(first! <= 100 && second! > 100 && second! <= 1_000, `${first} and ${second} ms`);
  await assert.rejects(connect(`http://${address}`, { deadlineMs: 100 }).coordinator.getRun({ id: 'one' }), {
    reason: 'DEADLINE_EXCEEDED',
  });
});

test('the services see the token of the caller, and decide by its role', async (t) => {
  const callersFile = join(folder, 'callers');
  writeFileSync(callersFile, 'reader a-token-of-a-reader\noperator a-token-of-an-operator\n');
  const coordinator = await new StandInCoordinator().start(t, '127.0.0.1:0', { callersFile });
  const url = `http://${await runningGateway(t, ['--coordinator', coordinator.address])}`;
  const refused = async (token: string | undefined, reason: string, message: RegExp): Promise<void> => {
    const soar = connect(url, token === undefined ? {} : { token });
    await assert.rejects(soar.coordinator.cancelRun({ id: 'one' }), { reason, message });
  };
  await refused(undefined, 'UNAUTHENTICATED', /no line of its --callers-file has no token/);
  await refused('a-token-of-a-stranger', 'UNAUTHENTICATED', /has its token/);
  await refused(
    'a-token-of-a-reader',
    'PERMISSION_DENIED',
    /CancelRun: may be called as operator; .* is reader/,
  );
  assert.deepEqual(coordinator.deadlines, [], 'nothing was called');
  const guest = join(folder, 'guest');
  writeFileSync(guest, 'a-token-of-a-reader\n');
  const flags = ['--coordinator', coordinator.address, '--guest-token-file', guest];
  const lending = connect(`http://${await runningGateway(t, flags)}`);
  await assert.rejects(lending.coordinator.cancelRun({ id: 'one' }), { reason: 'PERMISSION_DENIED' });
  const read = await lending.watchRun('one')[Symbol.asyncIterator]().next();
  assert.equal(read.done, false);
});

test('a gateway that knows its callers refuses others itself, in calls and in streams', async (t) => {
  const callersFile = join(folder, 'callers-of-the-gateway');
  writeFileSync(
    callersFile,
    'reader a-token-of-a-reader\nreader cert:somebody.example a-token-with-a-certificate\n',
  );
  const coordinator = await new StandInCoordinator().start(t);
  const flags = ['--coordinator', coordinator.address, '--callers-file', callersFile];
  const url = `http://${await runningGateway(t, flags)}`;
  const stranger = connect(url);
  await assert.rejects(stranger.coordinator.getRun({ id: 'one' }), { reason: 'UNAUTHENTICATED' });
  await assert.rejects(stranger.watchRun('one')[Symbol.asyncIterator]().next(), {
    reason: 'UNAUTHENTICATED',
    message: /this server does not know the caller/,
  });
  const reader = connect(url, { token: 'a-token-of-a-reader' });
  await assert.rejects(reader.coordinator.cancelRun({ id: 'one' }), { reason: 'PERMISSION_DENIED' });
  assert.equal((await reader.watchRun('one')[Symbol.asyncIterator]().next()).done, false);
  assert.equal(coordinator.deadlines.length, 1, 'only what was allowed arrived');
});

test('more calls than there are slots are told when to try again', async (t) => {
  const coordinator = await new StandInCoordinator().start(t);
  const address = await runningGateway(t, ['--coordinator', coordinator.address, '--calls-max', '1']);
  const soar = connect(`http://${address}`);
  const stream = soar.watchRun('one')[Symbol.asyncIterator]();
  await stream.next();
  await assert.rejects(soar.coordinator.getRun({ id: 'one' }), {
    reason: 'RESOURCE_EXHAUSTED',
    retryAfterMs: 250,
  });
  const reply = await ask(address, `${RUNS}/GetRun`);
  assert.deepEqual([reply.status, reply.headers['retry-after']], [429, '1']);
  await stream.return!(undefined);
  await eventually(() => coordinator.cancelled.length === 1);
  await assert.rejects(soar.coordinator.getRun({ id: 'one' }, { timeoutMs: 50 }), {
    reason: 'DEADLINE_EXCEEDED',
  });
});

test('a trace goes along, whether or not the gateway records it', async (t) => {
  const headers: Record<string, unknown>[] = [];
  const service = createServer().on('stream', (stream, sent) => {
    headers.push(sent);
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
      { endStream: true },
    );
  });
  const sessions = new Set<{ destroy(): void }>();
  service.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const session of sessions) session.destroy();
    service.close();
  });
  const { port } = service.address() as { port: number };
  const address = await runningGateway(t, ['--coordinator', `127.0.0.1:${port}`]);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await ask(address, `${RUNS}/GetRun`, { headers: { traceparent, cookie: 'secret=1', 'x-other': '1' } });
  const [sent] = headers;
  assert.equal(sent?.['traceparent'], traceparent);
  assert.deepEqual(
    [sent['cookie'], sent['x-other'], sent['authorization']],
    [undefined, undefined, undefined],
  );
});

test('a token goes in plain text to this machine alone', () => {
  const token = 'a-token-of-a-reader';
  assert.throws(() => connect('http://soar.example:7110', { token }), /would be sent there in plain text/);
  assert.throws(() => connect('soar.example:7110'), /expected the address of a gateway/);
  for (const url of ['https://soar.example', 'http://localhost:7110', 'http://[::1]:7110'])
    connect(url, { token });
});
