/** The numbers at which sets of real numbers and functions given by cases are compared. */
import type { Expression } from '../expression.js';

/** Where membership in a set may change. */
export interface Boundary {
  readonly at: number;
  /** The constant as written; absent for a root found by search. */
  readonly written?: Expression;
}

/** Two numbers this close, relatively, are one boundary. */
const MERGE = 1e-9;

/** Whether two numbers are the same one up to rounding. */
export function near(a: number, b: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a === b;
  return Math.abs(a - b) <= MERGE * Math.max(1, Math.abs(a), Math.abs(b));
}

/** From here on a missing value may be an overflow: e^x, x^20. */
export const OVERFLOW = 300;

/** How far beyond the outermost boundaries membership is tested. */
const BEYOND = [0.3171, 77.31, 5431.7, 3.1e7, 7.3e11, 1.9e18, 2.3e40, 1.7e150, 1e290];

/** The boundaries with the middles between them, and numbers beyond both ends, far ones too. */
export function samples(boundaries: readonly Boundary[]): {
  readonly inside: readonly number[];
  readonly beyond: readonly number[];
} {
  const at = inOrder(boundaries);
  const middles = at.slice(1).map((to, i) => at[i]! + (to - at[i]!) * 0.4142);
  const [low, high] = [at[0] ?? 0, at.at(-1) ?? 0];
  const beyond = BEYOND.flatMap((far) => [
    low - far * Math.max(1, Math.abs(low)),
    high + far * Math.max(1, Math.abs(high)),
  ]);
  return { inside: [...at, ...middles], beyond };
}

/** Where functions given by cases are compared: the boundaries, several points between them, and beyond them. */
export function casePoints(boundaries: readonly Boundary[]): readonly number[] {
  const at = inOrder(boundaries);
  const [low, high] = [at[0] ?? 0, at.at(-1) ?? 0];
  const between = at
    .slice(1)
    .flatMap((to, i) => [0.11, 0.29, 0.4142, 0.62, 0.87].map((share) => at[i]! + (to - at[i]!) * share));
  const beyond = [0.31, 1.13, 2.71, 5.3, 11.7, 23.3, 77.31].flatMap((step) => [low - step, high + step]);
  const whole = [1, 2, 3, 4, 5, 6, 7].flatMap((step) => [Math.floor(low) - step, Math.ceil(high) + step]);
  return [...at, ...between, ...beyond, ...whole];
}

/** The finite boundaries in order, each once. */
function inOrder(boundaries: readonly Boundary[]): readonly number[] {
  const sorted = boundaries
    .map(({ at }) => at)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const once: number[] = [];
  for (const x of sorted) {
    const last = once.at(-1);
    if (last === undefined || !near(last, x)) once.push(preferWhole(x));
  }
  return once;
}

/** A root found as 2.9999999999 is 3. */
function preferWhole(x: number): number {
  const whole = Math.round(x);
  return near(x, whole) ? whole : x;
}
