/** Identities of units: which fields leave a unit as it is, and which do not. */
import { type RunConfig, withSettings } from '@soar/contracts';
import { ARM_NAMES } from '@soar/experiments';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonRequest } from '../testing/comparison.js';
import { recipeOf, NO_INGREDIENTS } from '../arms/recipes.js';
import { roundsOf } from '../arms/self-play.js';
import { completeConfig } from '../runs/run-rules.js';
import { unitIdentity } from './unit-identity.js';
import { unitsOf } from './unit-plan.js';

const base = comparisonRequest().config!;
const { teachers, students } = unitsOf(ARM_NAMES, { teachers: [0], students: [0], alone: [0] });
const tasks = [...teachers, ...students];

/** Names of the units that a value of a field changes. */
function changed(field: string, value: number | boolean | string | object): string[] {
  const other = withSettings(base, [{ field, value: value as number }]);
  return tasks
    .filter((task) => unitIdentity(base, task) !== unitIdentity(other, task))
    .map(({ name }) => name.replace(/^student-|-0$/g, '').replace(/-0$/, ''));
}

const OF_LEARNING = ['teacher-intrinsic', 'teacher-grounded', 'teacher-no-promotion', 'teacher-frozen'];
const TAUGHT = /^(?!base)(?!.*(hard-only|upper|given|serl|base))/;

test('a setting of the promotion changes the teachers that promote, and the arms that they teach', () => {
  const names = changed('promotion.tau', 0.5);
  assert.deepEqual(names.filter((name) => name.startsWith('teacher')).sort(), [
    'teacher-frozen',
    'teacher-grounded',
  ]);
  assert.ok(names.includes('pq') && names.includes('frozen-ps') && names.includes('grounded-t'));
  for (const untouched of [
    'base',
    'hard-only',
    'base-t',
    'intrinsic-t',
    'no-promotion',
    'upper-bound',
    'serl',
  ])
    assert.ok(!names.includes(untouched), `${untouched} in ${names.join(', ')}`);
});

test('a setting of the inner loop changes every teacher that is trained, and the arm of the whole budget', () => {
  for (const [field, value] of [
    ['outerSteps', 5],
    ['teacher.datasets', 4],
    ['student.steps', 9],
  ] as const) {
    const names = changed(field, value);
    assert.deepEqual(
      names.filter((name) => name.startsWith('teacher')).sort(),
      [...OF_LEARNING].sort(),
      field,
    );
    assert.ok(names.includes('hard-only-whole-budget') && !names.includes('hard-only'), field);
    assert.ok(
      names
        .filter((name) => !name.startsWith('teacher') && name !== 'hard-only-whole-budget')
        .every((name) => TAUGHT.test(name)),
      names.join(),
    );
  }
});

test('a setting of students changes whoever trains, and not what the base model answers or asks', () => {
  const names = changed('student.rl.optimizer.learningRate', 0.5);
  assert.ok(!names.includes('base') && !names.includes('teacher-base'));
  assert.deepEqual(names.length, tasks.length - 2);
});

test('a setting of the final evaluation changes every student and no teacher', () => {
  const names = changed('comparison.samplesPerProblem', 8);
  assert.equal(names.length, students.length);
  assert.deepEqual(
    changed('comparison.hardSteps', 9).filter((name) =>
      /^(teacher|base$|ps$|frozen-ps$|grounded-t-solving$)/.test(name),
    ),
    [],
  );
});

test('how a teacher is asked changes what is asked: by every teacher, and by a student that asks itself', () => {
  const names = changed('teacher.sampling.maxNewTokens', 9);
  assert.ok(names.includes('teacher-base') && names.includes('serl') && names.includes('base-t'));
  assert.ok(!names.includes('hard-only') && !names.includes('upper-bound'));
  assert.deepEqual(changed('teacher.optimizer.learningRate', 0.5).includes('teacher-frozen'), false);
});

test('what is no part of a unit leaves all of them as they are, and the cut of the work none', () => {
  assert.deepEqual(changed('comparison.passAt', [2]), []);
  assert.deepEqual(changed('retention', 'RETENTION_RESULTS'), []);
  assert.equal(changed('compute.microBatchTokens', 99).length, tasks.length);
  assert.equal(changed('domain', 'countdown').length, tasks.length);
});

test('where a setting changes a recipe, it changes the identity', () => {
  const settings: [string, number | string][] = [
    ['outerSteps', 7],
    ['teacher.datasets', 6],
    ['student.repeats', 5],
    ['student.steps', 5],
    ['student.stepsAfterPromotion', 5],
    ['student.rl.groupSize', 6],
    ['comparison.syntheticSteps', 1],
    ['comparison.hardSteps', 1],
    ['comparison.warmupSteps', 1],
    ['comparison.mode', 'CURRICULUM_MODE_MIXED'],
  ];
  const recipes = (config: RunConfig): Map<string, string> =>
    new Map(
      students.map(({ name, arm }) => {
        const complete = completeConfig(config);
        const problems = [
          { id: 'a', question: 'q', answer: '1', $typeName: 'soar.common.v1.Problem' },
        ] as never;
        const given = {
          ...NO_INGREDIENTS,
          hard: problems,
          asked: problems,
          promoted: problems,
          curated: problems,
        };
        const made =
          arm === 'serl'
            ? roundsOf(complete).map((own) => recipeOf(own, arm, given))
            : recipeOf(complete, arm, given);
        return [name, JSON.stringify(made ?? null)];
      }),
    );
  // A copy, as the others are: fields of equal messages may stand in another order.
  const before = recipes(withSettings(base, []));
  let changes = 0;
  for (const [field, value] of settings) {
    const other = withSettings(base, [{ field, value }]);
    const after = recipes(other);
    for (const task of students) {
      if (before.get(task.name) === after.get(task.name)) continue;
      changes++;
      assert.notEqual(unitIdentity(base, task), unitIdentity(other, task), `${task.name} by ${field}`);
    }
  }
  assert.ok(changes > 40, `${changes} recipes changed`);
});
