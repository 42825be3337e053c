/**
 * Intervals for the mean of a figure whose range is known, from few independent units, whatever their distribution.
 *
 * The scores of runs are bimodal: a student gets off the plateau or stays on it. Methods that take the spread of the
 * sample for that of the population fail here, since six teachers that all worked have no spread. So the units that
 * were not drawn have to enter: besides the n values there is one more, at an end of the range. The n + 1 values have
 * the weights of a Bayesian bootstrap, Dirichlet(1, ..., 1) (Rubin 1981).
 *
 * - `exactInterval`: its lower end is the 2.5 % quantile of the weighted mean with the extra value at the bottom of
 *   the range, its upper end the 97.5 % quantile with the extra value at the top (Gaffke 2005; Learned-Miller and
 *   Thomas 2019, arXiv 1905.06208). For values at the ends of the range alone it is Clopper and Pearson's. That it
 *   never covers less than 95 % is proven for these, and otherwise a conjecture without a known counterexample.
 * - `meanInterval`: quantiles of one distribution, in which the extra value is at either end with probability one
 *   half. For values at the ends of the range it is the mid-p interval, which covers 95 % on average rather than at
 *   least. It is the one that is reported: the other covers 99 % where this one covers 98 (coverage.ts).
 *
 * The density of such a weighted mean is a B-spline whose knots are the values (Curry and Schoenberg 1966), so
 * nothing has to be drawn. Pure.
 */

export type Interval = readonly [number, number];

/** Ranges: of a share, and of a difference of two shares. */
export const SHARE: Interval = [0, 1];

const BISECTIONS = 48;

/** A distribution on an interval: mixture of Dirichlet-weighted means of sets of values. */
export class MeanDistribution {
  private readonly sets: readonly { readonly knots: Float64Array; readonly chance: number }[];
  private readonly scratch: Float64Array;
  private readonly from: number;
  private readonly to: number;

  /** `values`: one or more. `extra`: where the value that was not drawn may be, with chances that add up to 1. */
  constructor(values: readonly number[], extra: readonly { readonly at: number; readonly chance: number }[]) {
    this.sets = extra.map(({ at, chance }) => ({ knots: Float64Array.from([...values, at]).sort(), chance }));
    this.scratch = new Float64Array(values.length + 1);
    this.from = Math.min(...this.sets.map(({ knots }) => knots[0]!));
    this.to = Math.max(...this.sets.map(({ knots }) => knots.at(-1)!));
  }

  /** The chance of at most t. */
  atMost(t: number): number {
    return this.sets.reduce(
      (sum, { knots, chance }) => sum + chance * splineAtMost(knots, t, this.scratch),
      0,
    );
  }

  /** Different values, ascending. */
  knots(): number[] {
    return [...new Set(this.sets.flatMap(({ knots }) => [...knots]))].sort((a, b) => a - b);
  }

  quantile(q: number): number {
    let [low, high] = [this.from, this.to];
    for (let i = 0; i < BISECTIONS; i++) {
      const middle = (low + high) / 2;
      if (this.atMost(middle) < q) low = middle;
      else high = middle;
    }
    return high;
  }
}

/**
 * Chance that the mean of sorted knots with Dirichlet(1, ..., 1) weights is at most t. By the recurrence of B-splines,
 * integrated: over the first n of n + 1 knots and over the last n, weighted by the distances of t from the ends. Every
 * step is an average, so nothing cancels, however close knots are.
 */
function splineAtMost(knots: Float64Array, t: number, chance: Float64Array): number {
  const n = knots.length;
  for (let i = 0; i < n; i++) chance[i] = t >= knots[i]! ? 1 : 0;
  for (let span = 1; span < n; span++)
    for (let i = 0; i + span < n; i++) {
      const [low, high] = [knots[i]!, knots[i + span]!];
      if (t < low) chance[i] = 0;
      else if (t >= high) chance[i] = 1;
      else chance[i] = ((t - low) * chance[i]! + (high - t) * chance[i + 1]!) / (high - low);
    }
  return chance[0]!;
}

/** The distribution of a mean, of which `meanInterval` gives quantiles. */
export function meanDistribution(values: readonly number[], [low, high]: Interval): MeanDistribution {
  return new MeanDistribution(values, [
    { at: low, chance: 0.5 },
    { at: high, chance: 0.5 },
  ]);
}

/**
 * The same for differences of pairs of shares. The pair that was not drawn may be any of four: both bottom or both
 * top, whose difference is 0, or one of each.
 */
export function pairedDistribution(differences: readonly number[]): MeanDistribution {
  return new MeanDistribution(differences, [
    { at: -1, chance: 0.25 },
    { at: 0, chance: 0.5 },
    { at: 1, chance: 0.25 },
  ]);
}

const TAIL = 0.025;

/** The middle 95 %. */
export function middle(distribution: MeanDistribution): Interval {
  return [distribution.quantile(TAIL), distribution.quantile(1 - TAIL)];
}

export function meanInterval(values: readonly number[], range: Interval): Interval {
  return middle(meanDistribution(values, range));
}

/** Clopper and Pearson's where all values are at the ends of the range. */
export function exactInterval(values: readonly number[], [low, high]: Interval): Interval {
  return [
    new MeanDistribution(values, [{ at: low, chance: 1 }]).quantile(TAIL),
    new MeanDistribution(values, [{ at: high, chance: 1 }]).quantile(1 - TAIL),
  ];
}

/** Quantiles by which a distribution is combined with another one, and points of it between two of its values. */
const GRID = 400;
const POINTS = 64;
/** Equal values make jumps; a point this far before each keeps them. */
const BEFORE = 1e-9;

/**
 * Its quantiles at the middles of `GRID` equal parts of probability, ascending: linear between points, of which there
 * are as many between two values, however close these are.
 */
export function quantileGrid(distribution: MeanDistribution): number[] {
  const knots = distribution.knots();
  const points = knots.flatMap((knot, i) => {
    const next = knots[i + 1];
    if (next === undefined) return [knot];
    const between = Array.from({ length: POINTS }, (_, p) => knot + (p * (next - knot)) / POINTS);
    return [...between, Math.max(between.at(-1)!, next - BEFORE)];
  });
  const chances = points.map((t) => distribution.atMost(t));
  let at = 0;
  return Array.from({ length: GRID }, (_, i) => {
    const q = (i + 0.5) / GRID;
    while (chances[at]! < q && at < points.length - 1) at++;
    if (at === 0) return points[0]!;
    const [low, high] = [chances[at - 1]!, chances[at]!];
    const share = high > low ? Math.min(1, (q - low) / (high - low)) : 1;
    return points[at - 1]! + share * (points[at]! - points[at - 1]!);
  });
}

/** The middle 95 % of a - b for independent a and b, given by their grids. */
export function differenceInterval(a: readonly number[], b: readonly number[]): Interval {
  const target = (q: number): number => q * a.length * b.length;
  const quantile = (q: number): number => {
    let [low, high] = [a[0]! - b.at(-1)!, a.at(-1)! - b[0]!];
    for (let i = 0; i < BISECTIONS; i++) {
      const middleOf = (low + high) / 2;
      if (pairsAtMost(a, b, middleOf) < target(q)) low = middleOf;
      else high = middleOf;
    }
    return high;
  };
  return [quantile(TAIL), quantile(1 - TAIL)];
}

/** Pairs with a - b <= t, counted in one pass over both ascending lists. */
function pairsAtMost(a: readonly number[], b: readonly number[], t: number): number {
  let [count, from] = [0, 0];
  for (const value of a) {
    while (from < b.length && value - b[from]! > t) from++;
    count += b.length - from;
  }
  return count;
}
