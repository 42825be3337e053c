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
 * - the others: questions first, then the hard split. Curriculum: synthetic_steps on the questions, then hard_steps on
 *   the hard split. Mixed: synthetic_steps on both together, then hard_steps on the hard split (the paper mixes
 *   throughout). Without questions (no promotion, say) or without synthetic steps this is hard-only by definition.
 */
import { CurriculumMode, type Problem } from '@soar/contracts';
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
  /** Questions sampled from the arm's finished teacher. */
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
  readonly name: 'hard' | 'synthetic' | 'mixed';
  readonly problems: readonly Problem[];
  readonly steps: number;
}

/** How a student is trained: its stages, and its RLOO group size. */
export interface Recipe {
  readonly stages: readonly Stage[];
  readonly groupSize: number;
}

/** What the student of an arm trains on; undefined where nothing is trained. */
export function recipeOf(config: CompleteConfig, arm: ArmName, given: Ingredients): Recipe | undefined {
  const { groupSize } = config.student.rl;
  const { mode } = config.comparison;
  const hardOnly = (steps = budget(config)): Recipe => ({ stages: [hard(given, steps)], groupSize });
  const after = (questions: readonly Problem[], how = mode): Recipe =>
    isHardOnly(config, questions)
      ? hardOnly()
      : { stages: curriculum(config, given, questions, how), groupSize };
  switch (arm) {
    case 'base':
    case 'ps':
    case 'frozen-ps':
    case 'grounded-t-solving':
      return undefined;
    case 'hard-only':
      return hardOnly();
    case 'hard-only-4x':
      return { ...hardOnly(), groupSize: GROUP_TIMES * groupSize };
    case 'hard-only-whole-budget':
      return hardOnly(wholeBudget(config));
    case 'upper-bound':
      return after(given.curated);
    case 'base-t':
    case 'intrinsic-t':
    case 'grounded-t':
    case 'no-promotion':
      return after(given.asked);
    case 'pq':
    case 'frozen-pq':
      return after(given.promoted);
    case 'pq-other-mode':
      return after(given.promoted, other(mode));
    case 'pq-correct':
      return after(given.promotedCorrect);
    case 'pq-answers-right':
      return after(given.answersRight);
    case 'pq-answers-wrong':
      return after(given.answersWrong);
    case 'given-questions':
      return after(given.questions);
  }
}

/** The model that an arm evaluates as it is, where nothing is trained. */
export function evaluatedIn(arm: ArmName): 'base' | 'promoted student' | 'teacher' {
  if (arm === 'grounded-t-solving') return 'teacher';
  return ARMS[arm].teacher === undefined ? 'base' : 'promoted student';
}

/** Whether an arm with these questions is Hard-Only by definition. */
export function isHardOnly({ comparison }: CompleteConfig, questions: readonly Problem[]): boolean {
  return questions.length === 0 || comparison.syntheticSteps === 0;
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

function curriculum(
  { comparison: { syntheticSteps, hardSteps } }: CompleteConfig,
  given: Ingredients,
  questions: readonly Problem[],
  mode: CurriculumMode,
): Stage[] {
  const first: Stage =
    mode === CurriculumMode.MIXED
      ? { name: 'mixed', problems: [...questions, ...given.hard], steps: syntheticSteps }
      : { name: 'synthetic', problems: questions, steps: syntheticSteps };
  return [first, hard(given, hardSteps)];
}

function other(mode: CurriculumMode): CurriculumMode {
  return mode === CurriculumMode.MIXED ? CurriculumMode.CURRICULUM : CurriculumMode.MIXED;
}
