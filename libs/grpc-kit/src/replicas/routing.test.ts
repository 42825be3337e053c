import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Loaded, route } from './routing.js';

const replicas = (count: number, inFlight = 0): { address: string; inFlight: number }[] =>
  Array.from({ length: count }, (_, i) => ({ address: `10.0.0.${i}:7102`, inFlight }));
const keys = Array.from({ length: 1000 }, (_, i) => `run/step-${i % 10}/dataset-${i}`);
const chosen = (from: readonly Loaded[]): string[] => keys.map((key) => route(key, from).address);

test('a key keeps its replica, in whatever order the replicas are listed', () => {
  const all = replicas(7);
  assert.deepEqual(chosen(all), chosen([...all].reverse()));
});

test('removing a replica moves only its own keys, and a new one takes only the keys it ranks first for', () => {
  const before = chosen(replicas(8));
  const gone = '10.0.0.3:7102';
  const without = chosen(replicas(8).filter(({ address }) => address !== gone));
  before.forEach((address, i) => {
    if (address !== gone) assert.equal(without[i], address);
  });
  const after = chosen(replicas(9));
  const moved = after.filter((address, i) => address !== before[i]);
  assert.ok(moved.every((address) => address === '10.0.0.8:7102'));
  assert.ok(moved.length > 50 && moved.length < 200, `${moved.length} of 1000 keys to the ninth`);
});

test('no replica gets more than its share, rounded up', () => {
  for (const count of [1, 2, 3, 64]) {
    const all = replicas(count);
    for (const [i, key] of keys.entries()) {
      route(key, all).inFlight++;
      assert.ok(Math.max(...all.map(({ inFlight }) => inFlight)) <= Math.ceil((i + 1) / count));
    }
  }
});
