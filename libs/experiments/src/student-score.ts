/**
 * The scores of a student from its evaluations on the held-out split. Pure.
 *
 * - Its score: where a stopping rule ended its training (`comparison.stopping`), the mean of the evaluations after the
 *   step at which its reward had levelled off. Without a rule, or where the reward never levelled off, the last
 *   evaluation, at the end of the budget that the arms share: nothing chooses it.
 * - `window`, for comparisons without a rule: what the paper's rule (section 4) would have chosen, scaled to the number
 *   of steps. The paper has a moving average of 25 steps and a window of 200 in 1500 steps; here at least 5 steps, and
 *   at least the distance between evaluations. Without a stop, or without an evaluation after it, the last evaluation
 *   is used, and `source` says so.
 */
import { passAtK, type StoppingRule, STOPPING_RULE, stoppingStep } from '@soar/rl';
import { mean } from './moments.js';
import type { HeldOut, StudentUnit } from './results.js';

const PAPER = { steps: 1500, movingAverageSteps: STOPPING_RULE.movingAverageSteps, scoreSteps: 200 } as const;

interface ScaledRule extends StoppingRule {
  /** Steps after the stop whose evaluations are averaged. */
  readonly scoreSteps: number;
}

/** The rule for a training of `steps` with an evaluation every `every` steps. */
function scaledRule(steps: number, every: number): ScaledRule {
  const scaled = Math.round((PAPER.movingAverageSteps * steps) / PAPER.steps);
  return {
    movingAverageSteps: Math.max(5, scaled % 2 === 0 ? scaled + 1 : scaled),
    share: STOPPING_RULE.share,
    scoreSteps: Math.max(Math.round((PAPER.scoreSteps * steps) / PAPER.steps), every),
  };
}

/** Mean pass@k over the held-out problems. */
export function passOf({ samples, correct }: HeldOut, k: number): number {
  return mean(correct.map((c) => passAtK(samples, c, k)));
}

/** The score of a student. */
export function scoreOf({ heldOut, stopStep }: StudentUnit, k: number): number {
  const last = passOf(heldOut.at(-1)!, k);
  return stopStep === undefined ? last : (meanAfter(heldOut, stopStep, Infinity, k) ?? last);
}

export interface StudentScore {
  readonly score: number;
  readonly window: number;
  /** Where `window` comes from: evaluations after the stop, or the last one because there was no stop. */
  readonly source: 'after stop' | 'last';
}

export function studentScore(student: StudentUnit, k: number): StudentScore {
  const { heldOut, training, stopStep } = student;
  const score = scoreOf(student, k);
  if (stopStep !== undefined) return { score, window: score, source: 'after stop' };
  const every = Math.max(0, ...heldOut.slice(1).map((h, i) => h.step - heldOut[i]!.step));
  const rule = scaledRule(training.length, every);
  const stop = stoppingStep(
    training.map(({ reward }) => reward),
    rule,
  );
  const window = stop === undefined ? undefined : meanAfter(heldOut, stop, rule.scoreSteps, k);
  return window === undefined
    ? { score, window: score, source: 'last' }
    : { score, window, source: 'after stop' };
}

/** Mean pass@k of the evaluations in the `steps` steps after step `stop`; undefined where there are none. */
function meanAfter(heldOut: readonly HeldOut[], stop: number, steps: number, k: number): number | undefined {
  // Steps are numbered from 0; an evaluation at step s follows s steps.
  const seen = heldOut.filter(({ step }) => step >= stop + 1 && step <= stop + 1 + steps);
  return seen.length === 0 ? undefined : mean(seen.map((h) => passOf(h, k)));
}
