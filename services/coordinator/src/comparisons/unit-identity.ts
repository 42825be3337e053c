/**
 * What the result of a unit depends on. Units of two comparisons of the same base model and problems that have one
 * identity have one result, up to the seconds of its cost; so a sweep makes them once. Pure.
 *
 * An identity is the configuration without the fields that the making of the unit never reads: a student of the hard
 * problems knows nothing of its sweep's tau. Where it is not clear whether a field matters, it stays: a unit that is
 * made twice costs time, one that is taken over wrongly costs the result (unit-identity.test.ts).
 */
import {
  clone,
  ComparisonConfigSchema,
  create,
  Retention,
  type RunConfig,
  RunConfigSchema,
  runConfigToJson,
  StudentConfigSchema,
  type TeacherConfig,
  TeacherConfigSchema,
} from '@soar/contracts';
import { ARMS } from '@soar/experiments';
import { type StudentTask, teacherConfig, type TeacherTask } from './unit-plan.js';

/** Equal for units with equal results. `config`: of the comparison, with its planned compute. */
export function unitIdentity(config: RunConfig, task: TeacherTask | StudentTask): string {
  const read = 'arm' in task ? readByStudent(config, task) : readByTeacher(config, task);
  return JSON.stringify([task.name, ...read.map(runConfigToJson)]);
}

/** A teacher: the base model as it is, or what its run trained; and questions that are sampled from it. */
function readByTeacher(config: RunConfig, task: TeacherTask): RunConfig[] {
  const own = teacherConfig(config, task);
  own.retention = Retention.UNSPECIFIED;
  delete own.comparison; // its run ends with the arm base, which is no part of the unit
  const { teacher, promotion } = own;
  if (task.teacher === 'base') return [{ ...withoutLoop(own), teacher: asking(teacher!) }];
  if (teacher!.frozen) own.teacher = without(teacher!, 'optimizer', 'kl', 'adapter');
  if (promotion!.disabled) promotion!.tau = 0;
  return [own];
}

/** A student: what it trains on, how, and how it is evaluated; what its teacher depends on; the model of an arm. */
function readByStudent(config: RunConfig, { arm, teacher }: StudentTask): RunConfig[] {
  const { student, comparison } = config;
  const { rl, prompt } = student!;
  const { sampling, samplesPerProblem } = comparison!;
  const isTrained = ARMS[arm].trained;
  const own = clone(RunConfigSchema, {
    ...withoutLoop(config),
    student: create(StudentConfigSchema, { ...(isTrained && rl && { rl }), ...(prompt && { prompt }) }),
    comparison: isTrained
      ? { ...comparison!, arms: [], passAt: [] }
      : create(ComparisonConfigSchema, { ...(sampling && { sampling }), samplesPerProblem }),
  });
  if (arm === 'serl') own.teacher = asking(config.teacher!);
  if (arm === 'hard-only-whole-budget') Object.assign(own, wholeBudget(config));
  return teacher === undefined ? [own] : [own, ...readByTeacher(config, teacher)];
}

/** What any model reads that is sampled from or trained: domain and compute. */
function withoutLoop({ domain, domainDefinition, compute }: RunConfig): RunConfig {
  return create(RunConfigSchema, {
    domain,
    ...(domainDefinition && { domainDefinition }),
    ...(compute && { compute }),
  });
}

/** How a teacher is asked. */
function asking({ sampling, prompt, answerPrompt, wellFormedShareMin }: TeacherConfig): TeacherConfig {
  return create(TeacherConfigSchema, {
    ...(sampling && { sampling }),
    ...(prompt && { prompt }),
    ...(answerPrompt && { answerPrompt }),
    ...(wellFormedShareMin !== undefined && { wellFormedShareMin }),
  });
}

/** Whose steps the arm has: all that students of a run train for (arms/recipes.ts). */
function wholeBudget({ outerSteps, teacher, student }: RunConfig): Partial<RunConfig> {
  const { datasets } = teacher!;
  const { rl, prompt, repeats, steps, stepsAfterPromotion } = student!;
  return {
    outerSteps,
    teacher: create(TeacherConfigSchema, { datasets }),
    student: create(StudentConfigSchema, {
      ...(rl && { rl }),
      ...(prompt && { prompt }),
      repeats,
      steps,
      stepsAfterPromotion,
    }),
  };
}

function without<T extends object, K extends keyof T>(message: T, ...fields: readonly K[]): T {
  const own = { ...message };
  for (const field of fields) delete own[field];
  return own;
}
