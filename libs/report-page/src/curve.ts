/** Curves over steps, thinned so that a page stays small however long a training was. */
import { mean } from '@soar/experiments';
import { isNumber } from './numbers.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points by ascending step. */
export type Curve = readonly Point[];

/** Most points of a curve. More could not be told apart at the size of a figure. */
export const POINTS_MAX = 120;

/** Neighbouring steps that a figure shows as one. */
export interface Bin<T> {
  /** The middle of its steps. */
  readonly x: number;
  /** Its steps, as a label: "7" or "7 to 9". */
  readonly label: string;
  readonly items: readonly T[];
}

/** At most POINTS_MAX bins of equally many items, in their order; `stepOf` gives the step of each. */
export function bins<T>(items: readonly T[], stepOf: (item: T) => number): Bin<T>[] {
  const size = Math.ceil(items.length / POINTS_MAX);
  return Array.from({ length: Math.ceil(items.length / Math.max(1, size)) }, (_, i) => {
    const its = items.slice(i * size, (i + 1) * size);
    const [first, last] = [stepOf(its[0]!), stepOf(its.at(-1)!)];
    return {
      x: (first + last) / 2,
      label: first === last ? String(first) : `${first} to ${last}`,
      items: its,
    };
  });
}

/** How many items a bin has, for a caption; empty where each stands for itself. */
export function binned(items: readonly unknown[], unit: string): string {
  const size = Math.ceil(items.length / POINTS_MAX);
  return size > 1 ? ` Each point is the mean of ${size} ${unit}.` : '';
}

/** The mean of what is a number; undefined where nothing is. */
export function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const numbers = values.filter(isNumber);
  return numbers.length === 0 ? undefined : mean(numbers);
}

/**
 * One value a step, from step 1, as a curve of at most `pointsMax` points and the last one: each is the mean of the
 * values up to `reach` steps around it.
 */
export function smoothed(values: readonly number[], reach: number, pointsMax = POINTS_MAX): Curve {
  const every = Math.ceil(values.length / pointsMax);
  const around = Math.max(reach, every);
  return values.flatMap((_, i): Point[] => {
    if (i % every !== 0 && i !== values.length - 1) return [];
    const y = meanOf(values.slice(Math.max(0, i - around), i + around + 1));
    return y === undefined ? [] : [{ x: i + 1, y }];
  });
}

/** A curve of bins: the mean of what `valueOf` gives for the items of each; no point where it gives nothing. */
export function curveOf<T>(all: readonly Bin<T>[], valueOf: (item: T) => number | undefined): Curve {
  return all.flatMap(({ x, items }): Point[] => {
    const y = meanOf(items.map(valueOf));
    return y === undefined ? [] : [{ x, y }];
  });
}

/** The mean of curves. They may have points at different steps: each counts where it has one. */
export function meanCurve(curves: readonly Curve[]): Curve {
  const at = new Map<number, number[]>();
  for (const { x, y } of curves.flat()) {
    const found = at.get(x);
    if (found === undefined) at.set(x, [y]);
    else found.push(y);
  }
  return [...at].sort(([a], [b]) => a - b).map(([x, values]) => ({ x, y: mean(values) }));
}
