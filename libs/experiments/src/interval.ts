/**
 * A figure with its 95 % bootstrap interval, widened for few seeds.
 *
 * The percentile bootstrap is too narrow with a handful of teachers: with four, it covers a normal mean in about 80 %
 * of cases, since it divides by n instead of n - 1 and uses normal instead of t quantiles (Hesterberg 2015, "What
 * teachers should know about the bootstrap", section 4.3). So the distances of its ends from the figure are
 * multiplied by t / z times sqrt(n / (n - 1)). With several sources the factor follows Welch and Satterthwaite, from
 * each source's jackknife variance. Both intervals are kept. Where most of the variance lies within teachers the
 * widened one is too wide.
 *
 * What this cannot correct: teachers that fail with some seeds and succeed with others. When one teacher in ten
 * fails, a sample of six includes no failure in half of all cases. All six then agree, no resample shows another
 * outcome, and the interval misses the true mean. So it covers in about half of all cases instead of 95 %
 * (interval.test.ts). Report the number of failures with it.
 */
import type { Random } from '@soar/core';
import { quantile } from './moments.js';
import type { Design } from './resampling.js';
import { NORMAL_975, t975 } from './student-t.js';

const RESAMPLES = 2000;

export interface Estimate {
  readonly value: number;
  /** 95 % interval, widened (see above for when it does not cover); absent where a source has fewer than two units. */
  readonly interval?: readonly [number, number];
  /** The plain percentile interval of the same resamples. */
  readonly percentile?: readonly [number, number];
}

export interface IntervalOptions {
  readonly resamples?: number;
  /** The range of the figure; the interval is clipped to it. */
  readonly bounds?: readonly [number, number];
}

/** A figure of the data and its interval; undefined where the figure is not a finite number. */
export function estimate<T>(
  design: Design<T>,
  figure: (data: T) => number,
  random: Random,
  { resamples = RESAMPLES, bounds = [-Infinity, Infinity] }: IntervalOptions = {},
): Estimate | undefined {
  const value = figure(design.whole);
  if (!Number.isFinite(value)) return undefined;
  if (design.sources.some((units) => units < 2)) return { value };
  const drawn: number[] = [];
  for (let b = 0; b < resamples; b++) drawn.push(figure(design.resample(random.at(b))));
  // A ratio whose denominator vanishes in more than one resample in twenty has no meaningful interval.
  const finite = drawn.filter(Number.isFinite).sort((a, b) => a - b);
  if (finite.length < 0.95 * resamples) return { value };
  const low = quantile(finite, 0.025);
  const high = quantile(finite, 0.975);
  const factor = widening(design, figure);
  const cut = (v: number): number => Math.min(Math.max(v, bounds[0]), bounds[1]);
  return {
    value,
    // The interval always includes the figure, which a skewed resampling distribution may not.
    interval: [
      cut(value - factor * Math.max(0, value - low)),
      cut(value + factor * Math.max(0, high - value)),
    ],
    percentile: [low, high],
  };
}

/** The factor by which the distances of the percentile interval are multiplied. */
function widening<T>(design: Design<T>, figure: (data: T) => number): number {
  const parts = design.sources.map((units, source) => {
    const left = Array.from({ length: units }, (_, unit) => figure(design.without(source, unit)));
    const finite = left.filter(Number.isFinite);
    const m = finite.reduce((a, b) => a + b, 0) / Math.max(1, finite.length);
    const squares = finite.reduce((sum, v) => sum + (v - m) ** 2, 0);
    return { units, variance: (squares * (units - 1)) / units };
  });
  const total = parts.reduce((sum, p) => sum + p.variance, 0);
  const fewest = Math.min(...design.sources);
  if (total === 0) return (t975(fewest - 1) / NORMAL_975) * Math.sqrt(fewest / (fewest - 1));
  const freedom = total ** 2 / parts.reduce((sum, p) => sum + p.variance ** 2 / (p.units - 1), 0);
  const plugIn = parts.reduce((sum, p) => sum + (p.variance * (p.units - 1)) / p.units, 0);
  return (t975(freedom) / NORMAL_975) * Math.sqrt(total / plugIn);
}
