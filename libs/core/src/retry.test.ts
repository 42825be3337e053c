/** Retries on a virtual clock: which failures are retried, how long, and what is thrown in the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from './clock.js';
import { Overloaded, UserError } from './errors.js';
import { Retries, retry, type RetryPolicy } from './retry.js';

/** Records the waits; sleeping takes no time. */
class JumpingClock implements Clock {
  readonly waits: number[] = [];
  private ms = 1_000;

  now(): number {
    return this.ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.waits.push(ms);
    this.ms += ms;
    return Promise.resolve();
  }
}

const unavailable = new UserError('connection refused', 'UNAVAILABLE');

/** A call that throws these errors in turn and then returns the number of calls. */
function failing(...errors: Error[]): () => Promise<number> {
  let calls = 0;
  return () => {
    const error = errors[calls++];
    return error === undefined ? Promise.resolve(calls) : Promise.reject(error);
  };
}

function policyWith(clock: Clock, more: Partial<RetryPolicy> = {}): RetryPolicy {
  return { attemptsMax: 10, firstWaitMs: 100, waitMsMax: 500, clock, ...more };
}

test('waits between transient failures double up to their bound', async () => {
  const clock = new JumpingClock();
  const seen: unknown[] = [];
  const policy = policyWith(clock, { onWait: (error) => seen.push(error) });
  assert.equal(
    await retry(policy, failing(unavailable, unavailable, unavailable, unavailable, unavailable)),
    6,
  );
  assert.deepEqual(clock.waits, [100, 200, 400, 500, 500]);
  assert.deepEqual(seen, [unavailable, unavailable, unavailable, unavailable, unavailable]);
});

test('any other failure is thrown at once', async () => {
  const clock = new JumpingClock();
  const refused = new UserError('no such problem', 'NOT_FOUND');
  await assert.rejects(retry(policyWith(clock), failing(refused)), (error) => error === refused);
  assert.deepEqual(clock.waits, []);
});

test('the attempts are bounded, the first one included', async () => {
  let calls = 0;
  const call = (): Promise<never> => {
    calls++;
    return Promise.reject(unavailable);
  };
  await assert.rejects(
    retry(policyWith(new JumpingClock(), { attemptsMax: 4 }), call),
    (error) => error === unavailable,
  );
  assert.equal(calls, 4);
});

test('the silence is bounded: the last attempt is at the bound, and the policy chooses the error', async () => {
  const clock = new JumpingClock();
  const policy = policyWith(clock, {
    silenceMsMax: 1_000,
    exhausted: (error, silentMs) => new Error(`silent for ${silentMs} ms`, { cause: error }),
  });
  await assert.rejects(
    retry(policy, failing(...Array<Error>(10).fill(unavailable))),
    /^Error: silent for 1000 ms$/,
  );
  assert.deepEqual(clock.waits, [100, 200, 400, 300]);
});

test('an overloaded service is retried after the wait it names, which ends the silence', async () => {
  const clock = new JumpingClock();
  const full = (ms: number) => new Overloaded('the queue is full', ms);
  const call = failing(unavailable, unavailable, full(700), unavailable, full(1));
  assert.equal(await retry(policyWith(clock, { silenceMsMax: 350 }), call), 6);
  assert.deepEqual(clock.waits, [100, 200, 700, 100, 100]);
});

test('a service that stays overloaded is retried a bounded number of times', async () => {
  const clock = new JumpingClock();
  const full = new Overloaded('the queue is full', 50);
  const policy = policyWith(clock, { attemptsMax: 3, isTransient: () => false });
  await assert.rejects(retry(policy, failing(full, full, full)), (error) => error === full);
  assert.equal(clock.waits.length, 2);
});

test('an answer resets the backoff and the silence', async () => {
  const clock = new JumpingClock();
  const retries = new Retries(policyWith(clock, { silenceMsMax: 400 }));
  for (let i = 0; i < 3; i++) {
    await retries.wait(unavailable);
    await retries.wait(unavailable);
    retries.answered();
  }
  assert.deepEqual(clock.waits, [100, 200, 100, 200, 100, 200]);
});

test('an abort ends the wait with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const policy = { attemptsMax: 2, firstWaitMs: 60_000, waitMsMax: 60_000, signal: controller.signal };
  const waiting = retry(policy, failing(unavailable));
  setImmediate(() => controller.abort(reason));
  await assert.rejects(waiting, (error) => error === reason);
  await assert.rejects(new Retries(policy).wait(unavailable), (error) => error === reason);
});

test('the system clock sleeps for at least the time given', async () => {
  const from = systemClock.now();
  await systemClock.sleep(20, new AbortController().signal);
  assert.ok(systemClock.now() - from >= 18);
});
