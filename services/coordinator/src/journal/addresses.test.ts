import { create, ProblemSchema } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, effects, rewardQuestions } from './addresses.js';

const problems = Array.from({ length: 20 }, (_, i) => create(ProblemSchema, { id: `p${i}` }));
const drawn = (seed: number, t: number): string[] =>
  rewardQuestions(seed, t, problems, 6).map(({ id }) => id);

test('reward questions are drawn without replacement, independently for each step and seed', () => {
  assert.equal(new Set(drawn(1, 0)).size, 6);
  assert.deepEqual(drawn(1, 0), drawn(1, 0));
  assert.notDeepEqual(drawn(1, 0), drawn(1, 1));
  assert.notDeepEqual(drawn(1, 0), drawn(2, 0));
});

test('the reward questions of a seed never change', () => {
  // Golden: printed by the first version of this function. Other ids would mean that old runs cannot be repeated.
  assert.deepEqual(drawn(5, 3), ['p3', 'p12', 'p18', 'p8', 'p13', 'p9']);
});

test('no two pieces of work share an address', () => {
  const all = [0, 1].flatMap((t) => [
    addresses.propose(5, t),
    ...[0, 1].flatMap((k) => [0, 1].map((j) => addresses.student(5, t, k, j))),
    addresses.evaluation(5, t),
  ]);
  all.push(addresses.arm(5, 'hard-only'), addresses.arm(5, 'pq'));
  assert.equal(new Set(all.map(({ path }) => path)).size, all.length);
});

test('the id of an effect parses to that effect', () => {
  for (const t of [0, 1, 10, 1234]) {
    assert.deepEqual(effects.parse(effects.teacher(t)), { kind: 'teacher', t });
    for (const [k, j] of [
      [0, 0],
      [3, 12],
    ] as const)
      assert.deepEqual(effects.parse(effects.student(t, k, j)), { kind: 'student', t, k, j });
  }
});

test('an id that no effect of a step has does not parse', () => {
  const others = [
    'step-01/teacher',
    'step-1',
    'step-1/teacher/x',
    'x/step-1/teacher',
    'step-/teacher',
    'pq',
    '',
  ];
  others.push('step-1/dataset-00/repeat-0', 'step-1/dataset-0/repeat', effects.learnability(1, 2));
  for (const id of others) assert.equal(effects.parse(id), undefined, id);
});
