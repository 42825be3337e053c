/**
 * What a run or a comparison computes, counted from its configuration: trainings, their steps, and how many answers
 * of which length are sampled. Pure. The loop that does it is in services/coordinator; a count that depends on what
 * will be promoted is a range.
 */
import { Arm, RewardKind, type RunConfig, type StoppingRule } from '@soar/contracts';
import { ARMS, type ArmName, SELF_PLAY, type TeacherName } from '@soar/experiments';

/** What is known before, and the most that it can be. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Answers to be sampled, spread over all workers. */
export interface Sampled {
  readonly by: 'student' | 'teacher';
  readonly rows: number;
  readonly tokensMax: number;
}

/** One kind of work, which is done `times`, one after the other. */
export type Work = { readonly name: string; readonly times: Range } & (
  | ({ readonly kind: 'sampling' } & Sampled)
  /**
   * So many trainings at a time, each in a worker of its own, of so many steps, with evaluations in between and at
   * the end.
   */
  | {
      readonly kind: 'training';
      readonly count: number;
      readonly steps: Range;
      /** Answers to a question in a step. */
      readonly groupSize: number;
      readonly evaluated: Sampled;
    }
  /** A policy-gradient step on so many rollouts of the teacher. */
  | { readonly kind: 'update'; readonly rollouts: number }
);

/** Sizes of the splits. */
export interface Splits {
  readonly train: number;
  readonly test: number;
}

/** A run: its outer steps, and the arms at its end. */
export function runWork(config: RunConfig, splits: Splits): Work[] {
  return [...outerWork(config, splits), ...armWork(config, splits)];
}

function outerWork(config: RunConfig, { train }: Splits): Work[] {
  const { outerSteps, rewardQuestions, reward } = config;
  const [teacher, student] = [config.teacher!, config.student!];
  const rl = student.rl!;
  const times = exactly(outerSteps);
  const proposals = teacher.datasets * teacher.questionsPerDataset;
  const tokensMax = rl.sampling!.maxNewTokens;
  const learnability = reward === RewardKind.LEARNABILITY;
  const inner: Work = learnability
    ? { name: 'students', kind: 'sampling', by: 'student', rows: proposals * rl.groupSize, tokensMax, times }
    : {
        name: 'students',
        kind: 'training',
        count: teacher.datasets * student.repeats,
        steps: innerSteps(config),
        groupSize: rl.groupSize,
        evaluated: { by: 'student', rows: rewardQuestions, tokensMax },
        times,
      };
  return [
    {
      name: 'proposals',
      kind: 'sampling',
      by: 'teacher',
      rows: proposals,
      tokensMax: teacher.sampling!.maxNewTokens,
      times,
    },
    ...(teacher.answerPrompt === undefined ? [] : [answers(config, proposals, times)]),
    {
      name: 'baselines',
      kind: 'sampling',
      by: 'student',
      rows: train,
      tokensMax,
      times: { least: 1, most: config.promotion!.disabled ? 1 : 1 + outerSteps },
    },
    inner,
    ...(teacher.frozen
      ? []
      : [{ name: 'teacher updates', kind: 'update', rollouts: proposals, times } as const]),
  ];
}

/** The second turn of a teacher that has two: an answer for each question. */
function answers({ teacher }: RunConfig, rows: number, times: Range): Work {
  const tokensMax = teacher!.sampling!.maxNewTokens;
  return { name: 'answers of proposals', kind: 'sampling', by: 'teacher', rows, tokensMax, times };
}

/** Steps of an inner loop: without a promotion, and as many as a run can come to on average. */
function innerSteps({ student, outerSteps, promotion }: RunConfig): Range {
  const { steps, stepsAfterPromotion: more, stepsAfterEveryPromotion: every } = student!;
  if (promotion!.disabled) return exactly(steps);
  return { least: steps, most: steps + (every ? (more * (outerSteps - 1)) / 2 : more) };
}

function armWork(config: RunConfig, { test }: Splits): Work[] {
  const comparison = config.comparison!;
  const arms = comparison.arms.length === 0 ? [1, 2, 3, 4] : comparison.arms;
  const has = (...wanted: Arm[]): number => Number(arms.some((arm) => wanted.includes(arm)));
  // Without a promotion PS is the base and PQ is Hard-Only: nothing is done twice.
  const least = has(Arm.BASE, Arm.PROMOTED_STUDENT) + has(Arm.HARD_ONLY, Arm.PROMOTION_QUESTIONS);
  const most = config.promotion!.disabled ? least : arms.length;
  const trained = has(Arm.HARD_ONLY) + has(Arm.PROMOTION_QUESTIONS);
  const evaluations: Work = {
    name: 'held-out evaluations',
    kind: 'sampling',
    ...heldOut(config, test),
    times: { least, most },
  };
  return trained === 0 ? [evaluations] : [armTraining(config, 'arms', trained, { rows: 0 }), evaluations];
}

function armTraining(
  { student, comparison }: RunConfig,
  name: string,
  count: number,
  evaluated: { readonly rows: number },
  { steps, groupTimes = 1 }: { readonly steps?: Range; readonly groupTimes?: number } = {},
): Work {
  const { rl } = student!;
  const { maxNewTokens: tokensMax } = comparison!.sampling!;
  return {
    name,
    kind: 'training',
    count,
    steps: steps ?? exactly(comparison!.syntheticSteps + comparison!.hardSteps),
    groupSize: groupTimes * rl!.groupSize,
    evaluated: { by: 'student', rows: evaluated.rows, tokensMax },
    times: exactly(1),
  };
}

function heldOut({ comparison }: RunConfig, test: number): Sampled {
  const { samplesPerProblem, sampling } = comparison!;
  return { by: 'student', rows: test * samplesPerProblem, tokensMax: sampling!.maxNewTokens };
}

/** How many seeds of each kind a comparison has. */
export interface SeedCounts {
  readonly teachers: number;
  readonly students: number;
  readonly alone: number;
}

/** Questions that a comparison samples from each finished teacher, and a student's evaluations unless configured. */
const QUESTIONS_ASKED = 128;
const EVALUATIONS = 6;
const EVALUATIONS_MAX = 1000;

/** A comparison: a run for each teacher, and the students of every arm. */
export function comparisonWork(
  config: RunConfig,
  splits: Splits,
  arms: readonly ArmName[],
  seeds: SeedCounts,
): Work[] {
  const kinds = [...new Set(arms.flatMap((arm) => ARMS[arm].teacher ?? []))];
  const teachers = kinds.flatMap((kind) => teacherWork(config, splits, kind, seeds.teachers));
  const { rows, ...sampling } = heldOut(config, splits.test);
  const students = arms.flatMap((arm): Work[] => {
    const { teacher, trained } = ARMS[arm];
    const count = teacher === undefined ? seeds.alone : seeds.teachers * seeds.students;
    if (trained) {
      const recipe = recipeOf(config, arm);
      const evaluated = { rows: evaluationsOf(config, recipe.steps.most) * rows };
      const training = armTraining(config, `students of ${arm}`, count, evaluated, recipe);
      return arm === 'serl' ? [...selfPlayWork(config, count), training] : [training];
    }
    return [{ name: `evaluations of ${arm}`, kind: 'sampling', rows, ...sampling, times: exactly(count) }];
  });
  return [...teachers, ...students];
}

/** What students of the arm `serl` ask and answer before their rounds, at most: filters may leave less to vote on. */
function selfPlayWork({ teacher, student }: RunConfig, students: number): Work[] {
  const { rounds, questions, samples } = SELF_PLAY;
  const times = { least: 0, most: rounds * students };
  const { maxNewTokens } = student!.rl!.sampling!;
  return [
    {
      name: 'questions of serl',
      kind: 'sampling',
      by: 'teacher',
      rows: questions,
      tokensMax: teacher!.sampling!.maxNewTokens,
      times,
    },
    {
      name: 'votes of serl',
      kind: 'sampling',
      by: 'student',
      rows: questions * samples,
      tokensMax: maxNewTokens,
      times,
    },
  ];
}

function teacherWork(config: RunConfig, splits: Splits, kind: TeacherName, seeds: number): Work[] {
  const tokensMax = config.teacher!.sampling!.maxNewTokens;
  const name = `questions of teacher ${kind}`;
  const asked: Work = {
    name,
    kind: 'sampling',
    by: 'teacher',
    rows: QUESTIONS_ASKED,
    tokensMax,
    times: exactly(seeds),
  };
  if (kind === 'base') return [asked];
  const runs = runWork(teacherConfig(config, kind), splits).map((work) => ({
    ...work,
    name: `teacher ${kind}: ${work.name}`,
    times: { least: seeds * work.times.least, most: seeds * work.times.most },
  }));
  return [...runs, asked];
}

/** The configuration of the runs of a kind of teacher, as far as their work and their checkpoints depend on it. */
export function teacherConfig(config: RunConfig, kind: TeacherName): RunConfig {
  const promotes = kind === 'grounded' || kind === 'frozen';
  return {
    ...config,
    teacher: { ...config.teacher!, frozen: kind === 'frozen' },
    comparison: { ...config.comparison!, arms: [Arm.BASE] },
    promotion: { ...config.promotion!, disabled: config.promotion!.disabled || !promotes },
    reward: kind === 'intrinsic' ? RewardKind.LEARNABILITY : config.reward,
  };
}

/** Evaluations of a student that trains for so many steps. */
function evaluationsOf({ comparison }: RunConfig, steps: number): number {
  const { evaluateEvery } = comparison!;
  return evaluateEvery === 0 ? EVALUATIONS : Math.min(EVALUATIONS_MAX, Math.ceil(steps / evaluateEvery));
}

/** How an arm trains. A stopping rule may end a training, but not one that is to have a whole budget. */
function recipeOf(config: RunConfig, arm: ArmName): { readonly steps: Range; readonly groupTimes?: number } {
  const { outerSteps, teacher, student, comparison } = config;
  const own = comparison!.syntheticSteps + comparison!.hardSteps;
  if (arm === 'hard-only-whole-budget') {
    const inner = student!.steps + student!.stepsAfterPromotion;
    return { steps: exactly(outerSteps * teacher!.datasets * student!.repeats * inner + own) };
  }
  const steps = { least: Math.min(own, stepsLeast(comparison!.stopping)), most: own };
  return arm === 'hard-only-4x' ? { steps, groupTimes: 4 } : { steps };
}

/** Steps of a training that levels off as early as it can: the second slope of its curve is below the first. */
function stepsLeast(rule: StoppingRule | undefined): number {
  if (rule === undefined || rule.movingAverageSteps === 0) return Infinity;
  return (rule.movingAverageSteps - 1) / 2 + 3 + rule.scoreSteps;
}

function exactly(value: number): Range {
  return { least: value, most: value };
}
