/**
 * Two scores of a student from its evaluations on the held-out split. Pure.
 *
 * - `end`, the primary one: its last evaluation, at the end of the budget that the arms share. No rule chooses it.
 * - `window`: the paper's rule (section 4), scaled: mean of the evaluations in the window after the step at which the
 *   training reward has levelled off. The paper has a moving average of 25 steps and a window of 200 in 1500 steps.
 *   Here both scale with the number of steps, to at least 5 steps and at least the distance between evaluations. A
 *   curriculum is judged by its last stage: the change of questions between stages is no plateau. Without a stop, or
 *   without an evaluation after it, the last evaluation is used, and `source` says so.
 */
import { passAtK, stoppingStep } from '@soar/rl';
import { mean } from './moments.js';
import type { HeldOut, StudentUnit } from './results.js';

const PAPER = { steps: 1500, movingAverage: 25, window: 200 } as const;

export interface ScoringRule {
  /** Steps of the centred moving average; odd. */
  readonly movingAverage: number;
  /** The rise ends where the slope falls below this share of the largest. */
  readonly share: number;
  /** Steps after the stop whose evaluations are averaged. */
  readonly window: number;
}

/** The rule for a training of `steps` with an evaluation every `every` steps. */
function scoringRule(steps: number, every: number): ScoringRule {
  const scaled = Math.round((PAPER.movingAverage * steps) / PAPER.steps);
  const movingAverage = Math.max(5, scaled % 2 === 0 ? scaled + 1 : scaled);
  return {
    movingAverage,
    share: 0.15,
    window: Math.max(Math.round((PAPER.window * steps) / PAPER.steps), every),
  };
}

/** Mean pass@k over the held-out problems. */
export function passOf({ samples, correct }: HeldOut, k: number): number {
  return mean(correct.map((c) => passAtK(samples, c, k)));
}

export interface StudentScore {
  readonly end: number;
  readonly window: number;
  /** Where `window` comes from: evaluations after the stop, or the last one because there was no stop. */
  readonly source: 'after stop' | 'last';
}

export function studentScore(student: StudentUnit, k: number): StudentScore {
  const last = student.heldOut.at(-1)!;
  const end = passOf(last, k);
  const steps = student.training.length;
  const every = Math.max(0, ...student.heldOut.slice(1).map((h, i) => h.step - student.heldOut[i]!.step));
  const rule = scoringRule(steps, every);
  const stage = student.training.at(-1)?.stage;
  const begins = student.training.findLastIndex((t) => t.stage !== stage) + 1;
  const rewards = student.training.slice(begins).map((t) => t.reward);
  const stop = stoppingStep(rewards, { window: rule.movingAverage, share: rule.share });
  if (stop === undefined) return { end, window: end, source: 'last' };
  // Rewards are numbered from 0; an evaluation at step s follows s steps.
  const from = begins + stop + 1;
  const seen = student.heldOut.filter(({ step }) => step >= from && step <= from + rule.window);
  if (seen.length === 0) return { end, window: end, source: 'last' };
  return { end, window: mean(seen.map((h) => passOf(h, k))), source: 'after stop' };
}
