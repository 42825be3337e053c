/** The concurrent map: the order of results, the bound, and failures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapConcurrent } from './concurrency.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('results are in the order of the items, whichever finishes first', async () => {
  const items = [5, 1, 4, 2, 3];
  const results = await mapConcurrent(items, 3, async (item, index) => {
    for (let i = 0; i < item; i++) await turn();
    return `${index}:${item}`;
  });
  assert.deepEqual(results, ['0:5', '1:1', '2:4', '3:2', '4:3']);
});

test('as many items are in flight as the bound allows, and never more', async () => {
  let inFlight = 0;
  let most = 0;
  await mapConcurrent([...Array(20).keys()], 4, async () => {
    most = Math.max(most, ++inFlight);
    await turn();
    inFlight--;
  });
  assert.equal(most, 4);
});

test('the first failure is thrown once everything in flight has settled; nothing is started after it', async () => {
  const started: number[] = [];
  const settled: number[] = [];
  const work = async (item: number): Promise<void> => {
    started.push(item);
    for (let i = 0; i < (item === 0 ? 5 : item); i++) await turn();
    settled.push(item);
    if (item <= 1) throw new Error(`item ${item}`);
  };
  await assert.rejects(mapConcurrent([0, 1, 2, 3, 4], 3, work), /^Error: item 1$/);
  assert.deepEqual(started, [0, 1, 2]);
  assert.deepEqual(settled, [1, 2, 0]);
});

test('an empty list needs no work', async () => {
  assert.deepEqual(await mapConcurrent([], 4, () => Promise.reject(new Error('never'))), []);
});
