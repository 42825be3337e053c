/** The semaphore: its bound, its order, and that a failure releases the permit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Semaphore } from './semaphore.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('as many run as there are permits, never more, in the order in which they came', async () => {
  const semaphore = new Semaphore(3);
  const started: number[] = [];
  let [running, most] = [0, 0];
  const work = (i: number) => async (): Promise<void> => {
    started.push(i);
    most = Math.max(most, ++running);
    for (let turns = 0; turns <= i % 3; turns++) await turn();
    running--;
  };
  const all = [...Array(12).keys()];
  await Promise.all(all.map((i) => semaphore.run(work(i))));
  assert.equal(most, 3);
  assert.deepEqual(started, all);
});

test('work that fails releases its permit, and the caller gets its error', async () => {
  const semaphore = new Semaphore(1);
  await assert.rejects(
    semaphore.run(() => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await semaphore.run(() => Promise.resolve(7)), 7);
});

test('a semaphore without permits is refused', () => {
  assert.throws(() => new Semaphore(0), /expected at least 1 permit, got 0/);
});
