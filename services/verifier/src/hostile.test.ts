/** Items that hang, sleep, eat memory, end the process or throw; load beyond the queue; callers that go away. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Verdict } from '@soar/contracts';
import { Overloaded, UserError } from '@soar/core';
import { cpuTimeMs } from './cpu-time.js';
import { GradingPool } from './grading-pool.js';
import * as hostile from './testing/hostile-domains.js';
import { startVerifier } from './testing/running-verifier.js';

const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
const domainsModule = new URL('./testing/hostile-domains.js', import.meta.url).href;
const verifier = await startVerifier(hostile, { domainsModule });
after(async () => {
  await verifier.stop();
  await rm(folder, { recursive: true });
});
const { client } = verifier;

async function verdictsOf(responses: readonly string[]): Promise<Verdict[]> {
  const items = responses.map((response) => ({ gold: 'good', response }));
  const { verifications } = await client.verifyBatch({ domain: 'hostile', items });
  return verifications.map((v) => v.verdict);
}

test('an item that hangs is a TIMEOUT and spoils no other', async () => {
  assert.deepEqual(await verdictsOf(['good', 'bad', 'hang', 'good', 'bad']), [
    Verdict.CORRECT,
    Verdict.INCORRECT,
    Verdict.TIMEOUT,
    Verdict.CORRECT,
    Verdict.INCORRECT,
  ]);
});

test('an item that hangs once is graded when it is tried alone', async () => {
  assert.deepEqual(await verdictsOf(['good', `hang-once:${join(folder, 'mark')}`, 'good']), [
    Verdict.CORRECT,
    Verdict.INCORRECT,
    Verdict.CORRECT,
  ]);
});

test('items that sleep, eat memory or end the process are TIMEOUTs', async () => {
  assert.deepEqual(await verdictsOf(['sleep', 'good', 'memory', 'good', 'exit', 'good']), [
    Verdict.TIMEOUT,
    Verdict.CORRECT,
    Verdict.TIMEOUT,
    Verdict.CORRECT,
    Verdict.TIMEOUT,
    Verdict.CORRECT,
  ]);
});

test('a process that gets no turn changes no verdict, where the system reports processor time', async () => {
  const graded = cpuTimeMs(process.pid) === undefined ? Verdict.TIMEOUT : Verdict.INCORRECT;
  assert.deepEqual(await verdictsOf(['good', 'starve', 'good']), [Verdict.CORRECT, graded, Verdict.CORRECT]);
});

test('an item that its domain fails on is UNDECIDED', async () => {
  assert.deepEqual(await verdictsOf(['throw', 'good']), [Verdict.UNDECIDED, Verdict.CORRECT]);
});

test('a stated answer that hangs cannot be read', async () => {
  const { answers } = await client.parseAnswer({ domain: 'hostile', answers: ['a', 'hang', 'b'] });
  assert.deepEqual(
    answers.map((a) => a.parsed),
    [true, false, true],
  );
  assert.match(answers[1]!.reason, /longer to read/);
});

test('other requests are answered while items hang, on one worker', async () => {
  const ended: string[] = [];
  const bombs = ['one', 'two'].map((name) => verdictsOf(['hang']).then(() => ended.push(name)));
  let answered = 0;
  while (ended.length === 0) {
    assert.deepEqual(await verdictsOf(['good']), [Verdict.CORRECT]);
    answered++;
  }
  await Promise.all(bombs);
  // One may come before the pool has met the bombs, and one as they end: the others were answered in between.
  assert.ok(answered >= 5, `${answered} requests were answered while items hung`);
});

test('what does not fit in the queue is refused with a time to come back, and what was taken is done', async () => {
  const pool = new GradingPool({ workers: 1, domainsModule, itemsMax: 100 });
  await pool.start();
  try {
    const task = { kind: 'verify', domain: 'hostile', options: {} } as const;
    const items = Array.from({ length: 80 }, () => ({ gold: 'good', text: 'good' }));
    const taken = pool.grade<'verify'>(task, items);
    await assert.rejects(pool.grade<'verify'>(task, items), (error) => {
      assert.ok(error instanceof Overloaded && error instanceof UserError);
      assert.equal(error.reason, 'RESOURCE_EXHAUSTED');
      return error.retryAfterMs >= 100;
    });
    assert.equal((await taken).length, 80);
    assert.equal((await pool.grade<'verify'>(task, items)).length, 80);
  } finally {
    await pool.close();
  }
});

test('a caller that goes away leaves the queue', async () => {
  const controller = new AbortController();
  const items = Array.from({ length: 500 }, () => ({ gold: 'g', response: 'hang' }));
  const call = client.verifyBatch({ domain: 'hostile', items }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 200);
  await assert.rejects(call, (error) => error instanceof UserError && error.reason === 'CANCELLED');
  assert.deepEqual(await verdictsOf(['good']), [Verdict.CORRECT]);
});

test('a closed pool refuses', async () => {
  const pool = new GradingPool({ workers: 2, domainsModule });
  await pool.start();
  const task = { kind: 'parse', domain: 'hostile' } as const;
  const waiting = pool.grade<'parse'>(task, [{ gold: '', text: 'hang' }]);
  setTimeout(() => void pool.close(), 50);
  await assert.rejects(waiting, /shutting down/);
  await assert.rejects(pool.grade<'parse'>(task, []), /shutting down/);
});

test('grading processes that do not start are reported', async () => {
  const pool = new GradingPool({ workers: 1, domainsModule: 'data:text/javascript,throw new Error("no")' });
  await assert.rejects(pool.start(), /a grading process did not start/);
  await pool.close();
});
