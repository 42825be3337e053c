/**
 * The units of a comparison: those that its arms and seeds need, their names, and the configuration of a teacher's run.
 * Pure. What a student trains on is in arms/recipes.ts.
 */
import {
  Arm,
  clone,
  type ComparisonUnit,
  create,
  type CreateComparisonRequest,
  type CreateRunRequest,
  CreateRunRequestSchema,
  RewardKind,
  type RunConfig,
  RunConfigSchema,
} from '@soar/contracts';
import { InvariantError } from '@soar/core';
import { ARMS, type ArmName, type TeacherName } from '@soar/experiments';
import { teacherRunId } from '../journal/addresses.js';

export interface Seeds {
  readonly teachers: readonly number[];
  /** Students of each teacher. */
  readonly students: readonly number[];
  /** Students of arms without a teacher. */
  readonly alone: readonly number[];
}

/** A teacher to train and to sample from. */
export interface TeacherTask {
  readonly name: string;
  readonly teacher: TeacherName;
  readonly seed: number;
}

/** A student to train and to evaluate. */
export interface StudentTask {
  readonly name: string;
  readonly arm: ArmName;
  readonly teacher?: TeacherTask;
  readonly studentSeed: number;
}

export interface Units {
  readonly teachers: readonly TeacherTask[];
  readonly students: readonly StudentTask[];
}

/** The units of these arms. */
export function unitsOf(arms: readonly ArmName[], seeds: Seeds): Units {
  const teachers = new Map<string, TeacherTask>();
  const students: StudentTask[] = [];
  for (const arm of arms) {
    const { teacher } = ARMS[arm];
    if (teacher === undefined) {
      for (const studentSeed of seeds.alone)
        students.push({ name: studentName(arm, undefined, studentSeed), arm, studentSeed });
      continue;
    }
    for (const seed of seeds.teachers) {
      const name = teacherName(teacher, seed);
      const task = teachers.get(name) ?? { name, teacher, seed };
      teachers.set(name, task);
      // Without training (ps) all of them are one model, sampled with the numbers of each seed.
      for (const studentSeed of seeds.students)
        students.push({ name: studentName(arm, seed, studentSeed), arm, teacher: task, studentSeed });
    }
  }
  return { teachers: [...teachers.values()], students };
}

/** The name of a unit, which follows from its result. */
export function nameOf({ result }: ComparisonUnit): string {
  switch (result.case) {
    case 'teacher':
      return teacherName(result.value.teacher, result.value.teacherSeed);
    case 'student':
      return studentName(result.value.arm, result.value.teacherSeed, result.value.studentSeed);
    case undefined:
      throw new InvariantError('comparison: a unit is neither a teacher nor a student');
  }
}

function teacherName(teacher: string, seed: number): string {
  return `teacher-${teacher}-${seed}`;
}

function studentName(arm: string, teacherSeed: number | undefined, studentSeed: number): string {
  return `student-${arm}${teacherSeed === undefined ? '' : `-${teacherSeed}`}-${studentSeed}`;
}

/** Ids of the runs that train these teachers; the base teacher has none. */
export function teacherRunIds(comparisonId: string, { teachers }: Units): string[] {
  return teachers
    .filter(({ teacher }) => teacher !== 'base')
    .map(({ name }) => teacherRunId(comparisonId, name));
}

/** The run that trains a teacher. */
export function teacherRun(comparison: CreateComparisonRequest, task: TeacherTask): CreateRunRequest {
  const { id, config, base, trainProblems, testProblems } = comparison;
  return create(CreateRunRequestSchema, {
    id: teacherRunId(id, task.name),
    config: teacherConfig(config!, task),
    base: base!,
    trainProblems,
    testProblems,
  });
}

/** The comparison's configuration with the teacher's seed, reward, promotion and learning, and no arms but the base. */
export function teacherConfig(
  config: RunConfig,
  { teacher, seed }: Pick<TeacherTask, 'teacher' | 'seed'>,
): RunConfig {
  const own = clone(RunConfigSchema, config);
  own.seed = seed;
  own.comparison!.arms = [Arm.BASE];
  if (teacher === 'no-promotion' || teacher === 'intrinsic') own.promotion!.disabled = true;
  if (teacher === 'intrinsic') own.reward = RewardKind.LEARNABILITY;
  if (teacher === 'frozen') own.teacher!.frozen = true;
  return own;
}
