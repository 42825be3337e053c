/** Means, spreads, quantiles and variance components. Pure; undefined if there are too few values. */

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Standard deviation of a sample (n - 1); undefined for fewer than two values. */
export function sd(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const m = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - m) ** 2, 0) / (values.length - 1));
}

/** Quantile of sorted values, linear between them (numpy's default). */
export function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const left = sorted[low]!;
  return left + (at - low) * ((sorted[low + 1] ?? left) - left);
}

/** Variances of scores that are nested in teachers. */
export interface VarianceComponents {
  /** Of the teachers' true means; 0 where the estimate is negative. */
  readonly between: number;
  /** Of students of one teacher. */
  readonly within: number;
}

/**
 * One-way random effects by analysis of variance, for groups of unequal size (Searle, Casella, McCulloch 1992, 3.6).
 */
export function varianceComponents(groups: readonly (readonly number[])[]): VarianceComponents | undefined {
  const all = groups.flat();
  const freedomWithin = all.length - groups.length;
  if (groups.length < 2 || freedomWithin < 1 || groups.some((g) => g.length === 0)) return undefined;
  const grand = mean(all);
  const squares = (values: readonly number[], m: number): number =>
    values.reduce((s, v) => s + (v - m) ** 2, 0);
  const within = groups.reduce((s, g) => s + squares(g, mean(g)), 0) / freedomWithin;
  const meanSquare = groups.reduce((s, g) => s + g.length * (mean(g) - grand) ** 2, 0) / (groups.length - 1);
  const n0 = (all.length - groups.reduce((s, g) => s + g.length ** 2, 0) / all.length) / (groups.length - 1);
  return { between: Math.max(0, (meanSquare - within) / n0), within };
}
