/**
 * The designs of a bootstrap. A design holds scores and knows its *sources*: the sets of independent random units
 * (teachers; student seeds), which are resampled or left out one by one.
 *
 * - `nested`: teachers are drawn, then students within each drawn teacher. An arm without a teacher has groups of one.
 * - `crossed`: rows (teachers) and columns (student seeds) are drawn, each once for the whole table (Owen 2007, the
 *   pigeonhole bootstrap): the differences of a nested arm to one without a teacher repeat the latter's students in
 *   every row.
 * - `independent`: designs that share no seed, each resampled on its own.
 */
import type { Random } from '@soar/core';
import { mean } from './moments.js';

export interface Design<T> {
  readonly whole: T;
  /** Units of each source. */
  readonly sources: readonly number[];
  resample(random: Random): T;
  /** The data without one unit of a source. */
  without(source: number, unit: number): T;
}

/** Scores by teacher. */
export type Groups = readonly (readonly number[])[];

/**
 * Mean over teachers of the means over their students: every teacher has the same weight, however many of its
 * students are done.
 */
export function meanOfGroups(groups: Groups): number {
  return mean(groups.filter((g) => g.length > 0).map(mean));
}

function draw<T>(items: readonly T[], random: Random): T[] {
  return items.map((_, i) => items[random.integer(i, items.length)]!);
}

export function nested(groups: Groups): Design<Groups> {
  return {
    whole: groups,
    sources: [groups.length],
    resample: (random) =>
      draw(groups, random.at('group')).map((g, i) => (g.length === 1 ? g : draw(g, random.at('in', i)))),
    without: (_, unit) => groups.filter((_, i) => i !== unit),
  };
}

/** A table of teachers by student seeds, where a cell may be missing. */
export function crossed(rows: readonly (readonly (number | undefined)[])[]): Design<Groups> {
  const columns = (rows[0] ?? []).map((_, c) => c);
  const table = (r: readonly number[], c: readonly number[]): Groups =>
    r.map((i) => c.map((j) => rows[i]![j]).filter((v) => v !== undefined));
  const rowIds = rows.map((_, r) => r);
  return {
    whole: table(rowIds, columns),
    sources: [rows.length, columns.length],
    resample: (random) => table(draw(rowIds, random.at('row')), draw(columns, random.at('column'))),
    without: (source, unit) =>
      source === 0
        ? table(
            rowIds.filter((r) => r !== unit),
            columns,
          )
        : table(
            rowIds,
            columns.filter((c) => c !== unit),
          ),
  };
}

export function independent<A, B>(a: Design<A>, b: Design<B>): Design<readonly [A, B]> {
  return {
    whole: [a.whole, b.whole],
    sources: [...a.sources, ...b.sources],
    resample: (random) => [a.resample(random.at('a')), b.resample(random.at('b'))],
    without: (source, unit) =>
      source < a.sources.length
        ? [a.without(source, unit), b.whole]
        : [a.whole, b.without(source - a.sources.length, unit)],
  };
}
