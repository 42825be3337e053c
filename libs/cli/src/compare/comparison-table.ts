/**
 * A comparison's report as the text that ends `soar compare`: pass@k by arm with its interval, the share of students
 * that get off the plateau, and what is above Hard-Only.
 */
import { type ComparisonReport, tenths } from '@soar/experiments';
import { formatTable, percent } from '../report-table.js';

export function formatComparison({ arms, comparison, offPlateauFrom }: ComparisonReport): string {
  const ks = comparison.passAt;
  const header = [
    '',
    'students',
    'off the plateau',
    ...ks.map((k) => `pass@${k}`),
    'pass@1 over Hard-Only',
    'steps',
  ];
  const rows = arms.map(({ title, students, offPlateau, passAt, overHardOnly, cost }) => [
    title,
    offPlateau === undefined
      ? `- of ${students}`
      : `${offPlateau.students} of ${students}, ${withInterval(offPlateau.share, percent)}`,
    ...ks.map((k) => withInterval(passAt[k], percent)),
    withInterval(overHardOnly?.[1], points),
    String(Math.round(cost.steps)),
  ]);
  const note =
    `Off the plateau: students whose last pass@1 is at least ${100 * offPlateauFrom} %, and their share. ` +
    `Intervals are of 95 %;\nwith few teachers or students they are wide, since rare failures may not have been met.`;
  return `${formatTable([header, ...rows])}\n\n${note}`;
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
