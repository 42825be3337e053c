/**
 * What the student of each arm trains on (paper, section 4): the one description of every recipe, for the comparison at
 * the end of a run and for comparisons over seeds. Pure.
 *
 * Every student starts from the base model. Unless its arm says otherwise, it trains for synthetic_steps + hard_steps.
 * Students of one seed draw the same random numbers: two arms differ only in what they train on.
 *
 * - base, ps, frozen-ps, grounded-t-solving: nothing is trained. The untrained base model, the best of the promoted
 *   students, and the finished teacher.
 * - hard-only: the hard train split for the whole budget; hard-only-4x with four times the group;
 *   hard-only-whole-budget for all the student steps of a run.
 * - upper-bound: curated problems and the hard split in one shuffle, for the whole budget: all of them are drawn
 *   where the budget suffices.
 * - the others: questions and the hard split. Curriculum: synthetic_steps on the questions, then hard_steps on the hard
 *   split. Mixed: both together throughout, in one shuffle or at mixed_share. Without questions (no promotion, say), or
 *   as a curriculum without synthetic steps, this is hard-only by definition.
 * - serl: the same in several trainings, one behind the other: a round each (self-play.ts).
 * - pq-other-mode: what a curriculum does first, mixed in throughout: as many draws of the questions, so that the two
 *   differ in order alone. In place of mixed, the curriculum.
 */
import {
  clone,
  CurriculumMode,
  type MessageInitShape,
  OptimizerConfigSchema,
  type Problem,
  type RlConfig,
  type TrainingStageSchema,
} from '@soar/contracts';
import { ARMS, type ArmName } from '@soar/experiments';
import type { CompleteConfig } from '../runs/run-rules.js';

/** The paper's Hard-Only with a larger group. */
const GROUP_TIMES = 4;

/** The problems that recipes are made of. */
export interface Ingredients {
  /** The hard train split. */
  readonly hard: readonly Problem[];
  /** Curated easier problems. */
  readonly curated: readonly Problem[];
  /** Questions sampled from the arm's finished teacher, or kept in a round of self-play. */
  readonly asked: readonly Problem[];
  /** D_best: questions that earned a promotion, in order. */
  readonly promoted: readonly Problem[];
  /** Those among them whose stated answer is right. */
  readonly promotedCorrect: readonly Problem[];
  /** Promotion questions with all answers put right, and with all made wrong (answers.ts). */
  readonly answersRight: readonly Problem[];
  readonly answersWrong: readonly Problem[];
  /** Questions that were given with the inputs. */
  readonly questions: readonly Problem[];
}

/** Nothing of anything, to be filled in. */
export const NO_INGREDIENTS: Ingredients = {
  hard: [],
  curated: [],
  asked: [],
  promoted: [],
  promotedCorrect: [],
  answersRight: [],
  answersWrong: [],
  questions: [],
};

/** One stage of a training. */
export interface Stage {
  readonly name: 'hard' | 'synthetic' | 'mixed' | 'curated';
  readonly problems: readonly Problem[];
  readonly steps: number;
  /** A second set, which is mixed in throughout. */
  readonly mixedIn?: readonly Problem[];
  /** Its share of the drawn questions. */
  readonly mixedInShare?: number;
}

/** How a student is trained: its stages, and the settings of RLOO. */
export interface Recipe {
  readonly stages: readonly Stage[];
  readonly rl: RlConfig;
  /** False where the training takes all its steps, whatever the stopping rule. */
  readonly stops?: boolean;
}

/** What the student of an arm trains on; undefined where nothing is trained. */
export function recipeOf(config: CompleteConfig, arm: ArmName, given: Ingredients): Recipe | undefined {
  const { comparison } = config;
  const rl = comparedRl(config, comparison.warmupSteps);
  const hardOnly = (steps = budget(config)): Recipe => ({ stages: [hard(given, steps)], rl });
  const withQuestions = (questions: readonly Problem[]): Recipe => {
    if (isHardOnly(config, questions)) return hardOnly();
    if (comparison.mode === CurriculumMode.MIXED)
      return { stages: [mixed(config, given, questions, comparison.mixedShare)], rl };
    const warmupSteps = comparison.curriculumWarmupSteps ?? comparison.warmupSteps;
    return { stages: curriculum(config, given, questions), rl: comparedRl(config, warmupSteps) };
  };
  switch (arm) {
    case 'base':
    case 'ps':
    case 'frozen-ps':
    case 'grounded-t-solving':
      return undefined;
    case 'hard-only':
      return hardOnly();
    case 'hard-only-4x':
      return { ...hardOnly(), rl: { ...rl, groupSize: GROUP_TIMES * rl.groupSize } };
    case 'hard-only-whole-budget':
      return { ...hardOnly(wholeBudget(config)), stops: false };
    case 'upper-bound':
      return { stages: [{ ...together(given.curated, given), name: 'curated', steps: budget(config) }], rl };
    case 'base-t':
    case 'intrinsic-t':
    case 'grounded-t':
    case 'no-promotion':
    case 'serl':
      return withQuestions(given.asked);
    case 'pq':
    case 'frozen-pq':
      return withQuestions(given.promoted);
    case 'pq-other-mode':
      return recipeOf(inOtherMode(config), 'pq', given);
    case 'pq-correct':
      return withQuestions(given.promotedCorrect);
    case 'pq-answers-right':
      return withQuestions(given.answersRight);
    case 'pq-answers-wrong':
      return withQuestions(given.answersWrong);
    case 'given-questions':
      return withQuestions(given.questions);
  }
}

/** The model that an arm evaluates as it is, where nothing is trained. */
export function evaluatedIn(arm: ArmName): 'base' | 'promoted student' | 'teacher' {
  if (arm === 'grounded-t-solving') return 'teacher';
  return ARMS[arm].teacher === undefined ? 'base' : 'promoted student';
}

/** Stages as the trainer's request has them. */
export function stagesOf(stages: readonly Stage[]): MessageInitShape<typeof TrainingStageSchema>[] {
  return stages.map(({ problems, mixedIn = [], ...stage }) => ({
    ...stage,
    problems: [...problems],
    mixedIn: [...mixedIn],
  }));
}

/** Whether an arm with these questions is Hard-Only by definition. */
export function isHardOnly({ comparison }: CompleteConfig, questions: readonly Problem[]): boolean {
  const isCurriculum = comparison.mode !== CurriculumMode.MIXED;
  return questions.length === 0 || (isCurriculum && comparison.syntheticSteps === 0);
}

/** Optimizer steps of a student. */
export function budget({ comparison }: CompleteConfig): number {
  return comparison.syntheticSteps + comparison.hardSteps;
}

/**
 * Student steps of a whole SOAR run in which every inner loop has the steps added by a promotion (the most that a run
 * can have, unless `stepsAfterEveryPromotion` adds them repeatedly), and of the PQ student after it.
 */
export function wholeBudget(config: CompleteConfig): number {
  const { outerSteps, teacher, student } = config;
  const inner = student.steps + student.stepsAfterPromotion;
  return outerSteps * teacher.datasets * student.repeats * inner + budget(config);
}

function hard({ hard: problems }: Ingredients, steps: number): Stage {
  return { name: 'hard', problems, steps };
}

/** Questions first, then the hard split. */
function curriculum(
  { comparison: { syntheticSteps, hardSteps } }: CompleteConfig,
  given: Ingredients,
  questions: readonly Problem[],
): Stage[] {
  return [{ name: 'synthetic', problems: questions, steps: syntheticSteps }, hard(given, hardSteps)];
}

/** Questions and hard problems throughout: `share` of the draws are questions; without it, all are drawn alike. */
function mixed(
  config: CompleteConfig,
  given: Ingredients,
  questions: readonly Problem[],
  share: number | undefined,
): Stage {
  const steps = budget(config);
  if (share === undefined) return { ...together(questions, given), name: 'mixed', steps };
  const mixedIn = withOwnIds(questions, given.hard);
  return { name: 'mixed', problems: given.hard, steps, mixedIn, mixedInShare: share };
}

/** Both sets as one, which is drawn in one shuffle. */
function together(questions: readonly Problem[], given: Ingredients): Pick<Stage, 'problems'> {
  return { problems: [...withOwnIds(questions, given.hard), ...given.hard] };
}

/** Ids are unique in a stage; those of two files may not be. */
function withOwnIds(questions: readonly Problem[], others: readonly Problem[]): Problem[] {
  const taken = new Set(others.map(({ id }) => id));
  return questions.map((question) => {
    let { id } = question;
    while (taken.has(id)) id += "'"; // ends: there are finitely many to differ from
    taken.add(id);
    return { ...question, id };
  });
}

/** Curriculum in place of mixed; in place of the curriculum a mixture with as many draws of the questions. */
function inOtherMode(config: CompleteConfig): CompleteConfig {
  const { comparison } = config;
  if (comparison.mode === CurriculumMode.MIXED)
    return { ...config, comparison: { ...comparison, mode: CurriculumMode.CURRICULUM } };
  if (comparison.syntheticSteps === 0) return config;
  const mixedShare = comparison.syntheticSteps / budget(config);
  return { ...config, comparison: { ...comparison, mode: CurriculumMode.MIXED, mixedShare } };
}

/** The settings of RLOO for students that are compared; without `warmupSteps`, with those of their optimizer. */
function comparedRl({ comparison, student }: CompleteConfig, warmupSteps: number | undefined): RlConfig {
  const optimizer = clone(OptimizerConfigSchema, comparison.optimizer ?? student.rl.optimizer);
  optimizer.warmupSteps = warmupSteps ?? optimizer.warmupSteps;
  return { ...student.rl, optimizer };
}
