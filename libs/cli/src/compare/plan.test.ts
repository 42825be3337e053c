/** Which units follow from arms and seeds, and what the student of each arm trains on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CurriculumMode, RewardKind } from '@soar/contracts';
import { UserError } from '@soar/core';
import { ARM_NAMES, type TeacherUnit } from '@soar/experiments';
import { presetConfig } from '../run-config.js';
import { checkArms, type Inputs, recipeOf, teacherConfig, unitsOf, wholeBudget } from './plan.js';

const problem = (id: string) => ({ id, question: `${id}?`, answer: '1' });
const inputs: Inputs = {
  config: presetConfig('quickstart'),
  train: [problem('hard-0'), problem('hard-1')],
  test: [problem('test-0')],
  curated: [problem('easy-0')],
};
const { syntheticSteps, hardSteps } = inputs.config.comparison!;
const { groupSize } = inputs.config.student!.rl!;
const asked = (question: string, correct: boolean) => ({
  question,
  answer: '1',
  kind: 'sum',
  wellPosed: true,
  correct,
});
const unit: TeacherUnit = {
  unit: 'teacher',
  teacher: 'grounded',
  teacherSeed: 0,
  steps: [],
  promotions: [{ step: 3, reward: 0.5, questions: [asked('right', true), asked('wrong', false)] }],
  questions: [asked('asked', true)],
  wellFormed: 1,
  cost: { steps: 0, seconds: 0 },
};

test('every student of a taught arm has its teacher, which is planned once; the promoted student is one a teacher', () => {
  const { teachers, students } = unitsOf(['base', 'hard-only', 'grounded-t', 'ps', 'pq'], {
    teachers: [0, 1],
    students: [0, 1, 2],
    alone: [0, 1, 2, 3],
  });
  assert.deepEqual(
    teachers.map(({ name }) => name),
    ['teacher-grounded-0', 'teacher-grounded-1'],
  );
  const count = (arm: string): number => students.filter((student) => student.arm === arm).length;
  assert.deepEqual(['base', 'hard-only', 'grounded-t', 'ps', 'pq'].map(count), [4, 4, 6, 2, 6]);
  assert.equal(new Set(students.map(({ name }) => name)).size, students.length);
});

test('arms differ in what they train on and in nothing else of their budget', () => {
  const shown = (arm: (typeof ARM_NAMES)[number], of = inputs): string =>
    recipeOf(of, arm, unit)!
      .stages.map(
        ({ name, problems, steps }) => `${name} ${problems.map((p) => p.question).join(' ')} ${steps}`,
      )
      .join(', ');
  const hard = `hard hard-0? hard-1? ${hardSteps}`;
  assert.equal(shown('hard-only'), `hard hard-0? hard-1? ${syntheticSteps + hardSteps}`);
  assert.equal(shown('base-t'), `synthetic asked ${syntheticSteps}, ${hard}`);
  assert.equal(shown('grounded-t'), shown('base-t'));
  assert.equal(shown('pq'), `synthetic right wrong ${syntheticSteps}, ${hard}`);
  assert.equal(shown('pq-correct'), `synthetic right ${syntheticSteps}, ${hard}`);
  assert.equal(shown('pq-other-mode'), `mixed right wrong hard-0? hard-1? ${syntheticSteps}, ${hard}`);
  assert.equal(shown('upper-bound'), `synthetic easy-0? ${syntheticSteps}, ${hard}`);
  const mixed = presetConfig('quickstart');
  mixed.comparison!.mode = CurriculumMode.MIXED;
  assert.equal(shown('pq-other-mode', { ...inputs, config: mixed }), shown('pq'));
  const alike = ARM_NAMES.filter((arm) => !['base', 'ps', 'hard-only-whole-budget'].includes(arm));
  for (const arm of alike) {
    const { stages, groupSize: group } = recipeOf(inputs, arm, unit)!;
    assert.equal(
      stages.reduce((sum, { steps }) => sum + steps, 0),
      syntheticSteps + hardSteps,
    );
    assert.equal(group, arm === 'hard-only-4x' ? 4 * groupSize : groupSize);
  }
  assert.equal(
    recipeOf(inputs, 'hard-only-whole-budget', undefined)!.stages[0]!.steps,
    wholeBudget(inputs.config),
  );
  // 20 outer steps of 8 datasets, one student each of 10 and, once promoted, 5 steps; then a student of 10 and 20.
  assert.equal(wholeBudget(presetConfig('quickstart')), 20 * 8 * 15 + 30);
});

test('without promotion questions PQ is Hard-Only', () => {
  const none = { ...unit, promotions: [] };
  assert.deepEqual(recipeOf(inputs, 'pq', none), recipeOf(inputs, 'hard-only', undefined));
});

test('teachers are trained as their arm says', () => {
  const of = (teacher: TeacherUnit['teacher']) => teacherConfig(inputs, { name: '', teacher, seed: 7 });
  assert.deepEqual([of('grounded').seed, of('grounded').promotion!.disabled], [7, false]);
  assert.equal(of('no-promotion').promotion!.disabled, true);
  assert.deepEqual(
    [of('intrinsic').reward, of('intrinsic').promotion!.disabled],
    [RewardKind.LEARNABILITY, true],
  );
});

test('arms that the inputs cannot make are refused', () => {
  const refused = (arm: (typeof ARM_NAMES)[number], more: Partial<Inputs>): void =>
    assert.throws(() => checkArms([arm], { ...inputs, ...more }), UserError);
  refused('upper-bound', { curated: [] });
  refused('base', { test: [] });
  const math = presetConfig('quickstart');
  math.domain = 'math';
  refused('pq-correct', { config: math });
  checkArms(ARM_NAMES, inputs);
});
