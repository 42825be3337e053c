/** What the student of each arm trains on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  create,
  CurriculumMode,
  OptimizerConfigSchema,
  type Problem,
  ProblemSchema,
  type RlConfig,
} from '@soar/contracts';
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
const configured = (change?: Parameters<typeof request>[1]) => completeConfig(request('run', change).config);
const config = configured();
const mixed = configured(({ comparison }) => (comparison.mode = CurriculumMode.MIXED));

/** "synthetic asked 2, hard h1 h2 3; groups of 2", or "nothing". */
function shown(arm: ArmName, of = config, from = given): string {
  const recipe = recipeOf(of, arm, from);
  if (recipe === undefined) return 'nothing';
  const asked = (of: readonly Problem[] = []): string => of.map(({ question }) => question).join(' ');
  const stages = recipe.stages.map(({ name, problems, steps, mixedIn, mixedInShare }) => {
    const mixture = mixedIn === undefined ? '' : ` with ${asked(mixedIn)} at ${mixedInShare}`;
    return `${name} ${asked(problems)}${mixture} ${steps}`;
  });
  return `${stages.join(', ')}; groups of ${recipe.rl.groupSize}`;
}

const table: Readonly<Record<ArmName, string>> = {
  base: 'nothing',
  ps: 'nothing',
  'hard-only': 'hard h1 h2 5; groups of 2',
  'hard-only-4x': 'hard h1 h2 5; groups of 8',
  // 2 outer steps of 2 datasets, two students each of 3 and, once promoted, 2 steps; then a student of 2 and 3.
  'hard-only-whole-budget': 'hard h1 h2 45; groups of 2',
  'upper-bound': 'curated easy h1 h2 5; groups of 2',
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
  serl: 'synthetic asked 2, hard h1 h2 3; groups of 2',
  'pq-other-mode': 'mixed h1 h2 with right wrong at 0.4 5; groups of 2',
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

test('mixed is one stage over both sets, alike or at a share; its other mode is the curriculum', () => {
  assert.equal(shown('pq', mixed), 'mixed right wrong h1 h2 5; groups of 2');
  for (const arm of ['base-t', 'intrinsic-t', 'no-promotion', 'grounded-t'] as const)
    assert.equal(shown(arm, mixed), 'mixed asked h1 h2 5; groups of 2');
  assert.equal(shown('pq-other-mode', mixed), shown('pq'));
  const quarter = configured(({ comparison }) => {
    comparison.mode = CurriculumMode.MIXED;
    comparison.mixedShare = 0.25;
  });
  assert.equal(shown('pq', quarter), 'mixed h1 h2 with right wrong at 0.25 5; groups of 2');
  const all = configured(({ comparison }) => {
    comparison.mode = CurriculumMode.MIXED;
    comparison.syntheticSteps = 0;
  });
  assert.equal(shown('pq', all), 'mixed right wrong h1 h2 3; groups of 2');
});

test('questions with the ids of hard problems get others', () => {
  const { stages } = recipeOf(config, 'upper-bound', { ...given, curated: problems('h1', 'h2') })!;
  assert.deepEqual(
    stages[0]!.problems.map(({ id, question }) => [id, question]),
    [['h1\'', 'h1'], ['h2\'', 'h2'], ['h1', 'h1'], ['h2', 'h2']], // prettier-ignore
  );
});

test('compared students have an optimizer of their own, and a curriculum its own warm-up', () => {
  const warmup = ({ optimizer }: RlConfig): unknown => [optimizer!.learningRate, optimizer!.warmupSteps];
  const of = (arm: ArmName, of: typeof config) => warmup(recipeOf(of, arm, given)!.rl);
  assert.deepEqual(of('pq', config), [1e-3, 0]);
  const own = configured(({ comparison }) => {
    comparison.optimizer = create(OptimizerConfigSchema, { learningRate: 2e-3, warmupSteps: 5 });
  });
  for (const arm of ['pq', 'hard-only', 'upper-bound'] as const) assert.deepEqual(of(arm, own), [2e-3, 5]);
  own.comparison.warmupSteps = 20;
  for (const arm of ['pq', 'hard-only', 'upper-bound'] as const) assert.deepEqual(of(arm, own), [2e-3, 20]);
  own.comparison.curriculumWarmupSteps = 0;
  for (const arm of ['pq', 'base-t'] as const) assert.deepEqual(of(arm, own), [2e-3, 0]);
  for (const arm of ['hard-only', 'hard-only-4x', 'upper-bound', 'pq-other-mode'] as const)
    assert.deepEqual(of(arm, own), [2e-3, 20]);
  own.comparison.mode = CurriculumMode.MIXED;
  assert.deepEqual(of('pq', own), [2e-3, 20]);
  assert.deepEqual(of('pq-other-mode', own), [2e-3, 0]);
  assert.deepEqual(warmup(own.student.rl), [1e-3, 0]);
});

test('without questions, or without synthetic steps, an arm is Hard-Only', () => {
  const none = { ...given, promoted: [], promotedCorrect: [] };
  for (const arm of ['pq', 'pq-correct', 'pq-other-mode'] as const)
    assert.equal(shown(arm, config, none), shown('hard-only'));
  const hard = configured(({ comparison }) => (comparison.syntheticSteps = 0));
  assert.equal(shown('pq', hard), shown('hard-only', hard));
});

test('the whole budget of a run counts the steps added by a promotion in every inner loop', () => {
  assert.equal(wholeBudget(config), 2 * 2 * 2 * (3 + 2) + 5);
});
