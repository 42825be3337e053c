/** The units that arms and seeds need, and how teachers are trained. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, ComparisonUnitSchema, RewardKind } from '@soar/contracts';
import type { TeacherName } from '@soar/experiments';
import { comparisonRequest } from '../testing/comparison.js';
import { nameOf, teacherConfig, teacherRun, teacherRunIds, unitsOf } from './unit-plan.js';

const seeds = { teachers: [0, 1], students: [0, 1, 2], alone: [0, 1, 2, 3] };

test('a teacher is planned once for all its arms, each with every student seed, PS too', () => {
  const { teachers, students } = unitsOf(['base', 'hard-only', 'grounded-t', 'ps', 'pq'], seeds);
  assert.deepEqual(
    teachers.map(({ name }) => name),
    ['teacher-grounded-0', 'teacher-grounded-1'],
  );
  const count = (arm: string): number => students.filter((student) => student.arm === arm).length;
  assert.deepEqual(['base', 'hard-only', 'grounded-t', 'ps', 'pq'].map(count), [4, 4, 6, 6, 6]);
  assert.equal(new Set(students.map(({ name }) => name)).size, students.length);
});

test('the name of a unit follows from its result', () => {
  const student = (teacherSeed?: number) =>
    create(ComparisonUnitSchema, {
      result: {
        case: 'student',
        value: { arm: 'pq', studentSeed: 2, ...(teacherSeed === undefined ? {} : { teacherSeed }) },
      },
    });
  assert.equal(nameOf(student(1)), 'student-pq-1-2');
  assert.equal(nameOf(student()), 'student-pq-2');
  const teacher = { case: 'teacher', value: { teacher: 'grounded', teacherSeed: 3 } } as const;
  assert.equal(nameOf(create(ComparisonUnitSchema, { result: teacher })), 'teacher-grounded-3');
});

test('a trained teacher is a run whose id follows from its unit and the comparison; the base teacher has none', () => {
  const units = unitsOf(['base-t', 'pq'], { ...seeds, teachers: [4] });
  assert.deepEqual(teacherRunIds('compare-ab12', units), ['teacher-grounded-4-ab12']);
  const task = { name: 'teacher-grounded-4', teacher: 'grounded', seed: 4 } as const;
  const run = teacherRun(comparisonRequest({ id: 'compare-ab12' }), task);
  assert.deepEqual([run.id, run.config!.seed], ['teacher-grounded-4-ab12', 4]);
});

test('each kind of teacher has its reward and promotion', () => {
  const of = (teacher: TeacherName) => teacherConfig(comparisonRequest().config!, { teacher, seed: 7 });
  assert.deepEqual([of('grounded').seed, of('grounded').promotion!.disabled], [7, false]);
  assert.equal(of('no-promotion').promotion!.disabled, true);
  assert.deepEqual([of('grounded').teacher!.frozen, of('frozen').teacher!.frozen], [false, true]);
  assert.equal(of('frozen').promotion!.disabled, false);
  assert.deepEqual(
    [of('intrinsic').reward, of('intrinsic').promotion!.disabled],
    [RewardKind.LEARNABILITY, true],
  );
});
