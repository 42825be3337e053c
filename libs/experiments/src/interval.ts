/**
 * A figure with its 95 % interval.
 *
 * Scores of runs are shares of the held-out problems and bimodal; the interval of their mean is that of
 * bounded-mean.ts. It knows no more than that the units are independent and their scores in [0, 1]. So it is wide where
 * all runs agree: six that worked do not show that fewer than four in ten fail. How often it covers is in
 * docs/experiments/2026-11-30-coverage.md; `npm run bench:coverage` measures it.
 *
 * `spreadMean` is for figures that are not bimodal: the level of the runs that work, Vendi scores, rewards.
 */
import type { Random } from '@soar/core';
import { type Interval, meanDistribution, middle, quantileGrid } from './bounded-mean.js';
import { mean, quantile, sd } from './moments.js';
import { t975 } from './student-t.js';

export interface Estimate {
  readonly value: number;
  /** 95 % interval; absent where there are fewer than two independent units. */
  readonly interval?: Interval;
}

/** The mean of scores in a range, one of each independent unit; undefined without any. */
export function boundedMean(scores: readonly number[], range: Interval): Estimate | undefined {
  if (scores.length === 0) return undefined;
  const value = mean(scores);
  return scores.length === 1 ? { value } : { value, interval: middle(meanDistribution(scores, range)) };
}

/** The mean of a figure that is about normal, with Student's t; clipped to the range; undefined without any value. */
export function spreadMean(
  values: readonly number[],
  [low, high]: Interval = [-Infinity, Infinity],
): Estimate | undefined {
  if (values.length === 0) return undefined;
  const value = mean(values);
  const deviation = sd(values);
  if (deviation === undefined) return { value };
  const distance = (t975(values.length - 1) * deviation) / Math.sqrt(values.length);
  return { value, interval: [Math.max(low, value - distance), Math.min(high, value + distance)] };
}

const DRAWS = 20_000;

/** Scores of three independent arms, one of each independent unit. */
export interface Recovery {
  readonly own: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * (own - from) / (to - from), means of three arms: what is recovered of the distance between two of them. Undefined
 * where the distance is not positive. No interval where it may not be: in more than one draw in twenty.
 */
export function recovered(
  { own, from, to }: Recovery,
  range: Interval,
  random: Random,
): Estimate | undefined {
  const ratio = (a: number, b: number, c: number): number => (c > b ? (a - b) / (c - b) : NaN);
  if ([own, from, to].some((scores) => scores.length === 0)) return undefined;
  const value = ratio(mean(own), mean(from), mean(to));
  if (Number.isNaN(value)) return undefined;
  if ([own, from, to].some((scores) => scores.length < 2)) return { value };
  const grids = [own, from, to].map((scores) => quantileGrid(meanDistribution(scores, range)));
  const drawn = (arm: number, i: number): number =>
    grids[arm]![random.at('arm', arm).integer(i, grids[arm]!.length)]!;
  const ratios = Array.from({ length: DRAWS }, (_, i) => ratio(drawn(0, i), drawn(1, i), drawn(2, i)));
  const finite = ratios.filter(Number.isFinite).sort((a, b) => a - b);
  if (finite.length < 0.95 * DRAWS) return { value };
  return { value, interval: [quantile(finite, 0.025), quantile(finite, 0.975)] };
}
