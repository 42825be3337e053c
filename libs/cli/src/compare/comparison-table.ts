/**
 * A comparison's report as the text that ends `soar compare`: pass@k by arm with its interval, and what is above
 * Hard-Only.
 */
import { type ComparisonReport, tenths } from '@soar/experiments';
import { formatTable, percent } from '../report-table.js';

export function formatComparison({ arms, comparison }: ComparisonReport): string {
  const ks = comparison.passAt;
  const header = ['', 'students', ...ks.map((k) => `pass@${k}`), 'pass@1 over Hard-Only', 'steps'];
  const rows = arms.map(({ title, students, passAt, overHardOnly, cost }) => [
    title,
    String(students),
    ...ks.map((k) => withInterval(passAt[k], percent)),
    withInterval(overHardOnly?.[1], points),
    String(Math.round(cost.steps)),
  ]);
  return formatTable([header, ...rows]);
}

type Figure = { readonly value: number; readonly interval?: readonly [number, number] } | undefined;

/** "43.1 % [20.3, 61.0]"; "-" where there is no figure. */
function withInterval(figure: Figure, format: (value: number) => string): string {
  if (figure === undefined) return '-';
  const { interval } = figure;
  const ends = interval?.map(tenths).join(', ');
  return ends === undefined ? format(figure.value) : `${format(figure.value)} [${ends}]`;
}

/** 0.123 -> "+12.3". */
function points(difference: number): string {
  const rounded = tenths(difference);
  return `${rounded.startsWith('-') ? '' : '+'}${rounded}`;
}
