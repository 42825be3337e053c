/** The server of the page as other programs see it: what it refuses, what it bounds, what it sends. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrainerStatusService } from '@soar/contracts';
import { openCallCredentials, service, startServer } from '@soar/grpc-kit';
import type { Completions, Session, TrainerLoads } from '@soar/page';
import { type DashboardOptions, startDashboard } from './dashboard.js';
import { StandInCoordinator } from './testing/stand-in-coordinator.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-dashboard-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const ANSWER_MS_MAX = 20_000;

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request with exactly these headers, as no browser would let a page send them. */
function ask(
  address: string,
  path: string,
  { method = 'GET', headers = {}, body }: Asking = {},
): Promise<Reply> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const sent = request({ host, port, path, method, headers, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response
        .on('error', reject)
        .on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function started(t: TestContext, more: Partial<DashboardOptions> = {}) {
  const coordinator = new StandInCoordinator();
  await coordinator.start();
  t.after(() => coordinator.stop());
  coordinator.add('one', 3);
  const page = await startDashboard({
    listen: '127.0.0.1:0',
    nextPort: false,
    insecure: false,
    coordinator: coordinator.address,
    trainers: [],
    allowControl: true,
    streamsMax: 2,
    credentials: openCallCredentials(),
    log: () => undefined,
    ...more,
  });
  t.after(() => page.stop());
  return { coordinator, address: page.address };
}

test('a request under a name of somebody else is refused, whatever it asks for', async (t) => {
  const { address } = await started(t);
  for (const path of ['/', '/api/session', '/page/main.js', '/api/events']) {
    const { status, text } = await ask(address, path, { headers: { host: 'evil.example' } });
    assert.equal(status, 403, path);
    assert.match(text, /this server is called 127\.0\.0\.1 or localhost/);
  }
  for (const host of [`127.0.0.1:7100`, 'localhost', '[::1]:7100'])
    assert.equal((await ask(address, '/', { headers: { host } })).status, 200, host);
});

test('what changes something needs the token of the page, and no other origin', async (t) => {
  const { address, coordinator } = await started(t);
  const { csrf } = JSON.parse((await ask(address, '/api/session')).text) as Session;
  const origin = `http://${address}`;
  const attempts: [number, Record<string, string>][] = [
    [403, {}],
    [403, { 'x-soar-csrf': 'wrong' }],
    [403, { 'x-soar-csrf': csrf, origin: 'http://evil.example' }],
    [403, { 'x-soar-csrf': csrf, 'sec-fetch-site': 'cross-site' }],
    [200, { 'x-soar-csrf': csrf, origin, 'sec-fetch-site': 'same-origin' }],
  ];
  for (const [status, headers] of attempts) {
    const reply = await ask(address, '/api/runs/one/pause', { method: 'POST', headers });
    assert.equal(reply.status, status, `${JSON.stringify(headers)}: ${reply.text}`);
  }
  assert.deepEqual(coordinator.steered, ['pauseRun one']);
  assert.equal((await ask(address, '/api/runs/one/pause')).status, 400, 'not by GET');
});

test('a page that only shows refuses to steer', async (t) => {
  const { address, coordinator } = await started(t, { allowControl: false });
  const { csrf, control } = JSON.parse((await ask(address, '/api/session')).text) as Session;
  assert.equal(control, false);
  const headers = { 'x-soar-csrf': csrf };
  const { status, text } = await ask(address, '/api/runs/one/cancel', { method: 'POST', headers });
  assert.equal(status, 403);
  assert.match(text, /--allow-control/);
  assert.deepEqual(coordinator.steered, []);
});

test('off loopback it needs a token of its visitors', async (t) => {
  await assert.rejects(started(t, { listen: '0.0.0.0:0', insecure: true }), /give --page-token-file/);
  await assert.rejects(started(t, { listen: '0.0.0.0:0' }), /not a loopback address/);
  const pageTokenFile = join(folder, 'tokens');
  writeFileSync(pageTokenFile, 'a-token-of-visitors\n');
  const { address } = await started(t, { listen: '0.0.0.0:0', insecure: true, pageTokenFile });
  const here = address.replace('0.0.0.0', '127.0.0.1');
  assert.equal((await ask(here, '/api/session')).status, 401);
  assert.match((await ask(here, '/')).text, /Token of the page/);
  const logIn = (token: string): Promise<Reply> =>
    ask(here, '/login', { method: 'POST', body: new URLSearchParams({ token }).toString() });
  const wrong = await logIn('not-the-token-of-visitors');
  assert.equal(wrong.status, 401);
  assert.equal(wrong.headers['set-cookie'], undefined);
  const [cookie] = (await logIn('a-token-of-visitors')).headers['set-cookie'] as string[];
  assert.match(cookie!, /; HttpOnly; SameSite=Strict$/);
  const headers = { cookie: cookie!.split(';')[0]! };
  assert.equal((await ask(here, '/api/session', { headers })).status, 200);
  const bearer = { authorization: 'Bearer a-token-of-visitors' };
  assert.equal((await ask(here, '/api/session', { headers: bearer })).status, 200);
  for (let i = 0; i < 40; i++) await logIn('not-the-token-of-visitors');
  assert.match((await logIn('a-token-of-visitors')).text, /too many wrong tokens/);
});

test('a taken port is an error that says so, or the next one is used', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  const listen = `127.0.0.1:${port}`;
  await assert.rejects(started(t, { listen }), /the port is taken; choose another one/);
  const { address } = await started(t, { listen, nextPort: true });
  assert.ok(Number(address.split(':')[1]) > port);
});

test('more open pages than it keeps live are told so, and a closed one makes room', async (t) => {
  const { address } = await started(t);
  const [host, port] = address.split(':');
  const open = (): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const sent = request({ host, port, path: '/api/runs/one/events', agent: false }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`refused with ${response.statusCode}`));
        response.once('data', () => resolve(() => sent.destroy()));
      });
      sent.on('error', reject);
      sent.end();
    });
  const [first] = [await open(), await open()];
  const { status, text } = await ask(address, '/api/runs/one/events');
  assert.equal(status, 429);
  assert.match(text, /2 pages are open/);
  first();
  for (let i = 0; ; i++) {
    const isOpen = await open().then(
      () => true,
      () => false,
    );
    if (isOpen) return;
    assert.ok(i < 200, 'the place of the closed page stayed taken');
    await sleep(10);
  }
});

test('what trainers do is sent with the list; one that does not answer, or cannot tell, says why', async (t) => {
  const status = {
    trainingRunsRunning: 1,
    trainingRunsQueued: 2,
    jobsRunning: 3,
    jobsQueued: 4,
    workers: 5,
    threads: 6,
    provider: 'cpu',
    memoryBudgetBytes: 2n ** 35n,
    memoryHeldBytes: 2n ** 34n,
    residentBytes: 2n ** 33n,
  };
  const telling = service(TrainerStatusService, { getTrainerStatus: async () => ({ status }) });
  const listen = '127.0.0.1:0';
  const trainer = await startServer({ listen, services: [telling], log: () => undefined });
  t.after(() => trainer.stop());
  const older = new StandInCoordinator(); // a server without that service
  await older.start();
  t.after(() => older.stop());
  const { address } = await started(t, { trainers: [trainer.address, '127.0.0.1:9', older.address] });
  const response = await fetch(`http://${address}/api/events`, {
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/^event: trainers\n.*\n\n/m.test(text) && /^event: overview\n/m.test(text)) break;
  }
  const [, data] = /^event: trainers\ndata: (.*)$/m.exec(text)!;
  const { atMs, trainers } = JSON.parse(data!) as TrainerLoads;
  assert.ok(Math.abs(Date.now() - atMs) < ANSWER_MS_MAX);
  const { memoryBudgetBytes, memoryHeldBytes, residentBytes, ...same } = status;
  assert.deepEqual(trainers[0], {
    address: trainer.address,
    failure: '',
    status: {
      ...same,
      budgetBytes: Number(memoryBudgetBytes),
      heldBytes: Number(memoryHeldBytes),
      residentBytes: Number(residentBytes),
    },
  });
  assert.match(trainers[1]!.failure, /127\.0\.0\.1:9: not reachable/);
  assert.match(trainers[2]!.failure, /GetTrainerStatus/);
  assert.deepEqual([trainers[1]!.status, trainers[2]!.status], [undefined, undefined]);
});

test('paths that name nothing are refused, and none leaves the folder of the page', async (t) => {
  const { address } = await started(t);
  for (const path of ['/page/../package.json', '/page/%2e%2e/package.json', '/page/nothing.js', '/nothing'])
    assert.equal((await ask(address, path)).status, 404, path);
  assert.equal((await ask(address, '/api/runs/%E0%A4%A/events')).status, 400);
  const unknown = await ask(address, '/api/runs/nothing/steps/0/questions');
  assert.equal(unknown.status, 404);
  assert.match(unknown.text, /there is no run/);
  const gone = await ask(address, '/api/runs/nothing/events');
  assert.match(gone.text, /^event: gone\ndata: \{"why":"there is no run/m);
});

test('an unreachable coordinator is an answer, not a hang', async (t) => {
  const { address, coordinator } = await started(t);
  await coordinator.stop();
  const { status, text } = await ask(address, '/api/runs/one/steps/0/questions');
  assert.equal(status, 503);
  assert.match(text, /UNAVAILABLE/);
});

test('completions are read from the files of the trainers, step by step, and from no other', async (t) => {
  const completions = join(folder, 'completions');
  const at = join(completions, 'one/step-0/dataset-1');
  mkdirSync(at, { recursive: true });
  const row = (kind: string, step: number, completion: string): string =>
    `${JSON.stringify({ kind, step, problem_id: 'p', prompt: '1+1', completion, reward: 1.5, verdict: 'CORRECT' })}\n`;
  const lines = [
    row('training', 0, 'a'),
    row('training', 1, 'b'),
    'not JSON\n',
    row('training', 1, 'c'),
    '7\n',
  ];
  writeFileSync(join(at, 'repeat-0.jsonl'), [...lines, row('evaluation', 2, 'd')].join(''));
  writeFileSync(join(folder, 'secret.jsonl'), row('training', 0, 'secret'));
  const { address } = await started(t, { completions });
  const texts = async (path: string): Promise<string[]> => {
    const { text } = await ask(address, `/api/runs/one/completions/${path}`);
    return (JSON.parse(text) as Completions).completions.map(({ completion }) => completion);
  };
  assert.deepEqual(await texts('step-0/dataset-1/repeat-0/1'), ['b', 'c']);
  assert.deepEqual(await texts('step-0/dataset-1/repeat-0/evaluation'), ['d']);
  assert.deepEqual(await texts('step-0/dataset-1/repeat-0/9'), []);
  const missing = await ask(address, '/api/runs/one/completions/pq/0');
  assert.equal(missing.status, 404);
  assert.match(missing.text, /written when it is done/);
  for (const id of ['..', '.', '%2e%2e%2fcompletions%2fone', '-x%00'])
    assert.equal((await ask(address, `/api/runs/${id}/completions/pq/0`)).status, 404, id);
});
