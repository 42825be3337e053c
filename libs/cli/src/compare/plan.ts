/**
 * What a comparison consists of, before any work: its arms and seeds, the units that follow from them, and what each
 * student trains on (paper, section 4). Pure.
 *
 * Every student starts from the base model and trains for the budget of the configuration's `comparison`, and those of
 * one student seed draw the same random numbers in every arm: what differs between two arms is what they train on.
 */
import { Arm, clone, CurriculumMode, RewardKind, type RunConfig, RunConfigSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Problem } from '@soar/datasets';
import { domainNamed } from '@soar/domains';
import {
  ARMS,
  type ArmName,
  type AskedQuestion,
  type TeacherName,
  type TeacherUnit,
} from '@soar/experiments';

/** Questions that are sampled from a finished teacher (paper, section 4). */
export const QUESTIONS = 128;
/** The paper's Hard-Only with a larger group. */
const GROUP_TIMES = 4;

export interface Seeds {
  readonly teachers: readonly number[];
  readonly students: readonly number[];
  /** Of arms without a teacher. */
  readonly alone: readonly number[];
}

export interface Inputs {
  readonly config: RunConfig;
  readonly train: readonly Problem[];
  readonly test: readonly Problem[];
  readonly curated: readonly Problem[];
}

/** A teacher to be trained, and sampled from. */
export interface TeacherTask {
  readonly name: string;
  readonly teacher: TeacherName;
  readonly seed: number;
}

/** A student to be trained and evaluated. */
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

/** The units of these arms, those first that others wait for. The base is always among the arms. */
export function unitsOf(arms: readonly ArmName[], seeds: Seeds): Units {
  const teachers = new Map<string, TeacherTask>();
  const students: StudentTask[] = [];
  for (const arm of arms) {
    const { teacher, trained } = ARMS[arm];
    if (teacher === undefined) {
      for (const studentSeed of seeds.alone)
        students.push({ name: `student-${arm}-${studentSeed}`, arm, studentSeed });
      continue;
    }
    for (const seed of seeds.teachers) {
      const name = `teacher-${teacher}-${seed}`;
      const task = teachers.get(name) ?? { name, teacher, seed };
      teachers.set(name, task);
      // Where nothing is trained a teacher has one student, the promoted one.
      for (const studentSeed of trained ? seeds.students : seeds.students.slice(0, 1))
        students.push({ name: `student-${arm}-${seed}-${studentSeed}`, arm, teacher: task, studentSeed });
    }
  }
  return { teachers: [...teachers.values()], students };
}

/** The configuration of a teacher's run: its seed, nothing compared at its end. */
export function teacherConfig({ config }: Pick<Inputs, 'config'>, { teacher, seed }: TeacherTask): RunConfig {
  const own = clone(RunConfigSchema, config);
  own.seed = seed;
  own.comparison!.arms = [Arm.BASE];
  if (teacher === 'no-promotion' || teacher === 'intrinsic') own.promotion!.disabled = true;
  if (teacher === 'intrinsic') own.reward = RewardKind.LEARNABILITY;
  return own;
}

/** Problems and steps of one stage. */
export interface Stage {
  readonly name: string;
  readonly problems: readonly Problem[];
  readonly steps: number;
}

/** How a student is trained: its stages, and the group of its RLOO. */
export interface Recipe {
  readonly stages: readonly Stage[];
  readonly groupSize: number;
}

/**
 * What the student of an arm trains on; undefined where nothing is trained. `unit`: its teacher's, where it has one.
 */
export function recipeOf(inputs: Inputs, arm: ArmName, unit: TeacherUnit | undefined): Recipe | undefined {
  const { config, train, curated } = inputs;
  const { syntheticSteps, hardSteps, mode } = config.comparison!;
  const { groupSize } = config.student!.rl!;
  const hard = (steps: number): Stage => ({ name: 'hard', problems: train, steps });
  const alone = (steps: number): Recipe => ({ stages: [hard(steps)], groupSize });
  const other = mode === CurriculumMode.MIXED ? CurriculumMode.CURRICULUM : CurriculumMode.MIXED;
  const after = (problems: readonly Problem[], how = mode): Recipe => {
    // Without questions, or steps to train on them, this is Hard-Only by definition.
    if (problems.length === 0 || syntheticSteps === 0) return alone(syntheticSteps + hardSteps);
    const first =
      how === CurriculumMode.MIXED
        ? { name: 'mixed', problems: [...problems, ...train], steps: syntheticSteps }
        : { name: 'synthetic', problems, steps: syntheticSteps };
    return { stages: [first, hard(hardSteps)], groupSize };
  };
  const promoted = (unit?.promotions ?? []).flatMap(({ questions }) => questions);
  switch (arm) {
    case 'base':
    case 'ps':
      return undefined;
    case 'hard-only':
      return alone(syntheticSteps + hardSteps);
    case 'hard-only-4x':
      return { ...alone(syntheticSteps + hardSteps), groupSize: GROUP_TIMES * groupSize };
    case 'hard-only-whole-budget':
      return alone(wholeBudget(config));
    case 'upper-bound':
      return after(curated);
    case 'base-t':
    case 'intrinsic-t':
    case 'grounded-t':
    case 'no-promotion':
      return after(asProblems(unit!.questions));
    case 'pq':
      return after(asProblems(promoted));
    case 'pq-other-mode':
      return after(asProblems(promoted), other);
    case 'pq-correct':
      return after(asProblems(promoted.filter(({ correct }) => correct === true)));
  }
}

/**
 * Student steps of a whole SOAR run whose students were promoted before it began, which no run exceeds (unless
 * `stepsAfterEveryPromotion` adds to its inner loops more than once), and of the PQ student after it.
 */
export function wholeBudget({ outerSteps, teacher, student, comparison }: RunConfig): number {
  const inner =
    outerSteps * teacher!.datasets * student!.repeats * (student!.steps + student!.stepsAfterPromotion);
  return inner + comparison!.syntheticSteps + comparison!.hardSteps;
}

/** Questions as problems, with the answers that their writer stated. */
function asProblems(questions: readonly AskedQuestion[]): Problem[] {
  return questions.map(({ question, answer }, i) => ({ id: `asked-${i}`, question, answer }));
}

/** Refuses arms that these inputs cannot make. */
export function checkArms(arms: readonly ArmName[], { config, curated, train, test }: Inputs): void {
  if (arms.includes('upper-bound') && curated.length === 0) {
    throw new UserError(
      '--arms: upper-bound needs curated easier problems; give --curated or leave it out',
      'INVALID_ARGUMENT',
      '--curated',
    );
  }
  if (arms.includes('pq-correct') && domainNamed(config.domain).oracle === undefined) {
    throw new UserError(
      `--arms: pq-correct needs an oracle that knows the right answers, and the domain ${config.domain} has none; leave it out`,
      'INVALID_ARGUMENT',
      '--arms',
    );
  }
  if (train.length === 0 || test.length === 0) throw new UserError('expected problems in both hard splits');
}
