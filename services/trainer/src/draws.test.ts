import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draws } from './draws.js';

const address = { seed: 3, path: 'arm/pq' };
const hard = Array.from({ length: 7 }, (_, i) => `h${i}`);
const asked = ['a0', 'a1', 'a2'];

/** The first `count` questions of a stage. */
function drawn(draws: Draws, count: number, mixedInShare: number): string[] {
  const mixedIn = mixedInShare > 0 ? asked : [];
  const questions = draws.of({ problems: hard, mixedIn, mixedInShare });
  return Array.from({ length: count }, () => questions.next().value);
}

test('every epoch has each problem once, in another order', () => {
  const order = drawn(new Draws(address), 21, 0);
  const epochs = [0, 7, 14].map((first) => order.slice(first, first + 7));
  for (const epoch of epochs) assert.deepEqual([...epoch].sort(), hard);
  assert.notDeepEqual(epochs[0], epochs[1]);
});

test('epochs continue over the stages of a training', () => {
  const draws = new Draws(address);
  const stages = [...drawn(draws, 7, 0), ...drawn(draws, 7, 0)];
  assert.deepEqual(stages, drawn(new Draws(address), 14, 0));
});

test('of the first n questions, floor(n share) are mixed in, and both sets are gone through in epochs', () => {
  for (const share of [1 / 3, 0.1, 0.25, 64 / 1564, 0.9]) {
    const order = drawn(new Draws(address), 1200, share);
    const isMixedIn = order.map((question) => question.startsWith('a'));
    let count = 0;
    isMixedIn.forEach((is, i) => {
      count += Number(is);
      assert.equal(count, Math.floor((i + 1) * share + 1e-9), `share ${share}, question ${i}`);
    });
    for (const [set, of] of [
      [asked, true],
      [hard, false],
    ] as const) {
      // prettier-ignore
      const own = order.filter((_, i) => isMixedIn[i] === of);
      for (let first = 0; first + set.length <= own.length; first += set.length)
        assert.deepEqual(own.slice(first, first + set.length).sort(), [...set].sort());
    }
  }
});

test('the hard problems are drawn in the order that they have alone', () => {
  const order = drawn(new Draws(address), 60, 0.4).filter((question) => question.startsWith('h'));
  assert.deepEqual(order, drawn(new Draws(address), order.length, 0));
});
