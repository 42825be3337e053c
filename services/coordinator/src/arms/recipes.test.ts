/** What the student of each arm trains on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, CurriculumMode, ProblemSchema } from '@soar/contracts';
import { ARM_NAMES, type ArmName } from '@soar/experiments';
import { completeConfig } from '../runs/run-rules.js';
import { request } from '../testing/coordinator.js';
import { evaluatedIn, recipeOf, wholeBudget } from './recipes.js';

const problems = (...questions: string[]) =>
  questions.map((question) => create(ProblemSchema, { id: question, question, answer: '1' }));
const given = {
  hard: problems('h1', 'h2'),
  curated: problems('easy'),
  asked: problems('asked'),
  promoted: problems('right', 'wrong'),
  promotedCorrect: problems('right'),
  answersRight: problems('corrected'),
  answersWrong: problems('spoilt'),
  questions: problems('given'),
};
// syntheticSteps 2, hardSteps 3, groups of 2.
const config = completeConfig(request('run').config);
const mixed = completeConfig(
  request('run', ({ comparison }) => (comparison.mode = CurriculumMode.MIXED)).config,
);

/** "synthetic asked 2, hard h1 h2 3; groups of 2", or "nothing". */
function shown(arm: ArmName, of = config, from = given): string {
  const recipe = recipeOf(of, arm, from);
  if (recipe === undefined) return 'nothing';
  const stages = recipe.stages.map(
    ({ name, problems, steps }) => `${name} ${problems.map(({ question }) => question).join(' ')} ${steps}`,
  );
  return `${stages.join(', ')}; groups of ${recipe.groupSize}`;
}

const table: Readonly<Record<ArmName, string>> = {
  base: 'nothing',
  ps: 'nothing',
  'hard-only': 'hard h1 h2 5; groups of 2',
  'hard-only-4x': 'hard h1 h2 5; groups of 8',
  // 2 outer steps of 2 datasets, two students each of 3 and, once promoted, 2 steps; then a student of 2 and 3.
  'hard-only-whole-budget': 'hard h1 h2 45; groups of 2',
  'upper-bound': 'synthetic easy 2, hard h1 h2 3; groups of 2',
  'base-t': 'synthetic asked 2, hard h1 h2 3; groups of 2',
  'intrinsic-t': 'synthetic asked 2, hard h1 h2 3; groups of 2',
  'no-promotion': 'synthetic asked 2, hard h1 h2 3; groups of 2',
  'grounded-t': 'synthetic asked 2, hard h1 h2 3; groups of 2',
  'frozen-ps': 'nothing',
  'grounded-t-solving': 'nothing',
  pq: 'synthetic right wrong 2, hard h1 h2 3; groups of 2',
  'frozen-pq': 'synthetic right wrong 2, hard h1 h2 3; groups of 2',
  'pq-correct': 'synthetic right 2, hard h1 h2 3; groups of 2',
  'pq-answers-right': 'synthetic corrected 2, hard h1 h2 3; groups of 2',
  'pq-answers-wrong': 'synthetic spoilt 2, hard h1 h2 3; groups of 2',
  'given-questions': 'synthetic given 2, hard h1 h2 3; groups of 2',
  'pq-other-mode': 'mixed right wrong h1 h2 2, hard h1 h2 3; groups of 2',
};

for (const arm of ARM_NAMES) {
  test(`${arm} trains on: ${table[arm]}`, () => {
    assert.equal(shown(arm), table[arm]);
  });
}

test('without training, the base, the promoted student or the teacher is evaluated', () => {
  const untrained = ARM_NAMES.filter((arm) => table[arm] === 'nothing');
  assert.deepEqual(Object.fromEntries(untrained.map((arm) => [arm, evaluatedIn(arm)])), {
    base: 'base',
    'grounded-t-solving': 'teacher',
    ps: 'promoted student',
    'frozen-ps': 'promoted student',
  });
});

test('mixed trains on questions and hard problems together, and its other mode is the curriculum', () => {
  assert.equal(shown('pq', mixed), 'mixed right wrong h1 h2 2, hard h1 h2 3; groups of 2');
  assert.equal(shown('pq-other-mode', mixed), shown('pq'));
});

test('without questions, or without synthetic steps, an arm is Hard-Only', () => {
  const none = { ...given, promoted: [], promotedCorrect: [] };
  for (const arm of ['pq', 'pq-correct', 'pq-other-mode'] as const)
    assert.equal(shown(arm, config, none), shown('hard-only'));
  const hard = completeConfig(request('run', ({ comparison }) => (comparison.syntheticSteps = 0)).config);
  assert.equal(shown('pq', hard), shown('hard-only', hard));
});

test('the whole budget of a run counts the steps added by a promotion in every inner loop', () => {
  assert.equal(wholeBudget(config), 2 * 2 * 2 * (3 + 2) + 5);
});
