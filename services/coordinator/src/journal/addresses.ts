/**
 * Every address of a run, in one place: where its random numbers come from, and the id of each effect.
 *
 * Both are pure functions of (seed, outer step, dataset, repeat, arm). A retry or a resumed run therefore draws the
 * same numbers and finds the same artifacts. The run's id is part of an effect's id but of no random address: two runs
 * of one seed draw the same numbers.
 *
 * | random numbers of                  | address below the run's seed                          | drawn by    |
 * | ---------------------------------- | ----------------------------------------------------- | ----------- |
 * | the reward questions of step t     | 'reward-questions', t (permutation, its first |Q_R|)  | coordinator |
 * | the teacher's rollouts of step t   | step/<t>/propose                                      | teacher     |
 * | the beginning of its adapter       | teacher                                               | trainer     |
 * | student j on dataset k of step t   | step/<t>/dataset/<k>/repeat/<j>                       | trainer     |
 * | the baseline's answers to dataset k | step/<t>/dataset/<k>/learnability                    | trainer     |
 * | training of the arm hard-only, pq  | arm/<name>                                            | trainer     |
 * | held-out samples, problems 64c...  | evaluation/<c>, the same for every arm                | trainer     |
 *
 * Of a comparison over seeds, below the seed of the teacher or of the student:
 *
 * | random numbers of                  | address                                               | drawn by    |
 * | ---------------------------------- | ----------------------------------------------------- | ----------- |
 * | questions of a finished teacher    | compare/questions                                     | teacher     |
 * | training of a student of any arm   | compare/student                                       | trainer     |
 * | its held-out samples               | compare/held-out                                      | trainer     |
 * | questions of round r of serl       | compare/self-play/<r>/questions                       | teacher     |
 * | its votes and its training         | compare/self-play/<r>/votes, training                 | trainer     |
 * | subsamples of a Vendi score        | 'hidden-diversity'                                    | coordinator |
 *
 * Greedy evaluations draw nothing. All arms are sampled with the same numbers, so their differences are paired, and two
 * arms with the same checkpoint have the same result.
 */
import { Random } from '@soar/core';
import type { Problem } from '@soar/contracts';

/** A RandomAddress message as a plain object. */
export interface Address {
  readonly seed: number;
  readonly path: string;
}

/** Problems in one Evaluate call: few enough to spread over workers, enough to fill their batches. */
export const EVALUATION_CHUNK = 64;

export const addresses = {
  propose: (seed: number, t: number): Address => ({ seed, path: `step/${t}/propose` }),
  teacher: (seed: number): Address => ({ seed, path: 'teacher' }),
  student: (seed: number, t: number, k: number, j: number): Address => ({
    seed,
    path: `step/${t}/dataset/${k}/repeat/${j}`,
  }),
  learnability: (seed: number, t: number, k: number): Address => ({
    seed,
    path: `step/${t}/dataset/${k}/learnability`,
  }),
  arm: (seed: number, name: string): Address => ({ seed, path: `arm/${name}` }),
  evaluation: (seed: number, chunk: number): Address => ({ seed, path: `evaluation/${chunk}` }),
  comparedQuestions: (teacherSeed: number): Address => ({ seed: teacherSeed, path: 'compare/questions' }),
  comparedStudent: (studentSeed: number): Address => ({ seed: studentSeed, path: 'compare/student' }),
  comparedHeldOut: (studentSeed: number): Address => ({ seed: studentSeed, path: 'compare/held-out' }),
  selfPlay: (studentSeed: number, round: number, what: 'questions' | 'votes' | 'training'): Address => ({
    seed: studentSeed,
    path: `compare/self-play/${round}/${what}`,
  }),
} as const;

/** Ids of effects below the run's id. The id is also the key of the effect's artifact. */
export const effects = {
  step: (t: number): string => `step-${t}`,
  student: (t: number, k: number, j: number): string => `step-${t}/dataset-${k}/repeat-${j}`,
  learnability: (t: number, k: number): string => `step-${t}/dataset-${k}/learnability`,
  teacher: (t: number): string => `step-${t}/teacher`,
  parse: parseEffect,
} as const;

/** An effect of an outer step that makes a checkpoint. */
export type StepEffect =
  | { readonly kind: 'teacher'; readonly t: number }
  | { readonly kind: 'student'; readonly t: number; readonly k: number; readonly j: number };

/** The effect that `teacher` or `student` gives this id; undefined for any other id. */
function parseEffect(id: string): StepEffect | undefined {
  const found = /^step-(\d+)\/(?:teacher|dataset-(\d+)\/repeat-(\d+))$/.exec(id);
  if (found === null) return undefined;
  const [t, k, j] = found.slice(1).map(Number) as [number, number, number];
  const effect: StepEffect = found[2] === undefined ? { kind: 'teacher', t } : { kind: 'student', t, k, j };
  const made = effect.kind === 'teacher' ? effects.teacher(t) : effects.student(t, k, j);
  return made === id ? effect : undefined; // step-01 is not an id of step 1
}

/** Names of the journal's entries that are parts of the report; the rest are named after their effects. */
export const REPORT_PREFIX = 'report/';
export const BUILDS_PREFIX = `${REPORT_PREFIX}builds-`;
export const parts = {
  head: `${REPORT_PREFIX}head`,
  builds: (n: number): string => `${BUILDS_PREFIX}${ordinal(n)}`,
  step: (t: number): string => `${REPORT_PREFIX}${effects.step(t)}`,
  arm: (name: string): string => `${REPORT_PREFIX}arm-${name}`,
  end: `${REPORT_PREFIX}end`,
} as const;

/** Names of a comparison's journal entries. The id of a unit's training is its name below the comparison's id. */
export const UNIT_PREFIX = 'unit/';
export const EXTENSION_PREFIX = 'extension/';
export const COMPARISON_BUILDS_PREFIX = 'builds/';
export const comparisonEntries = {
  base: 'base',
  builds: (n: number): string => `${COMPARISON_BUILDS_PREFIX}${ordinal(n)}`,
  untrained: (studentSeed: number): string => `untrained/${studentSeed}`,
  unit: (name: string): string => `${UNIT_PREFIX}${name}`,
  /** What a round of self-play made, below the name of its unit. */
  selfPlay: (unit: string, round: number, what: 'questions' | 'votes'): string =>
    `self-play/${unit}/${round}/${what}`,
  /** `sha256`: of the extension, so that repeating it changes nothing. */
  extension: (sha256: string): string => `${EXTENSION_PREFIX}${sha256}`,
} as const;

/**
 * The id of the run that trains the teacher of a unit: "teacher-grounded-0-<tag>" in the comparison "compare-<tag>".
 */
export function teacherRunId(comparisonId: string, unit: string): string {
  return `${unit}-${comparisonId.slice('compare-'.length)}`;
}

/** A number in a name, so that names are in its order. */
function ordinal(n: number): string {
  return String(n).padStart(6, '0');
}

/** Entries that come before any work. */
const WITHOUT_RESULT: readonly string[] = ['format', parts.head, comparisonEntries.base];

/** Whether an entry of a run or comparison holds a result of a service. */
export function isResult(name: string): boolean {
  const isOther = [BUILDS_PREFIX, COMPARISON_BUILDS_PREFIX, EXTENSION_PREFIX].some((it) =>
    name.startsWith(it),
  );
  return !isOther && !WITHOUT_RESULT.includes(name);
}

/** Whether an entry of this name is an outer step's part of the report. */
export function isStepPart(name: string): boolean {
  return name.startsWith(parts.step(0).slice(0, -1));
}

/** Q_R of step t: `count` problems drawn from the hard train split without replacement (paper, section 2.1). */
export function rewardQuestions(
  seed: number,
  t: number,
  problems: readonly Problem[],
  count: number,
): Problem[] {
  const order = Random.of(seed).at('reward-questions', t).permutation(problems.length);
  return order.slice(0, count).map((i) => problems[i]!);
}
