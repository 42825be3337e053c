/**
 * The table that ends `soar sweep`: a row for each point, with the promotions of the teachers that learn, and for each
 * arm its pass@1 and how many of its students are off the plateau.
 */
import { settingText, type SweepReport, tenths } from '@soar/experiments';
import { formatTable, percent } from '../report-table.js';

export function formatSweep({ sweep, points, offPlateauFrom }: SweepReport): string {
  const names = [...new Set(points.flatMap(({ arms }) => arms.map(({ arm }) => arm)))];
  const arms = sweep.arms.filter((arm) => arm !== 'base' && names.includes(arm));
  const title = (arm: string): string =>
    points.flatMap((point) => point.arms).find((found) => found.arm === arm)?.title ?? arm;
  const learning = points.some(({ teachers }) => teachers.some(({ teacher }) => teacher === 'grounded'));
  const header = ['', ...(learning ? ['promotions'] : []), ...arms.map(title)];
  const rows = points.map((point) => {
    const promotions = point.teachers.find(({ teacher }) => teacher === 'grounded')?.promotions;
    return [
      point.isBase ? `base (${settingsOf(point.values)})` : point.name,
      ...(learning ? [promotions === undefined ? '-' : promotions.toFixed(1)] : []),
      ...arms.map((arm) => {
        const found = point.arms.find((one) => one.arm === arm);
        const score = found?.passAt[1];
        if (found === undefined || score === undefined) return '-';
        const ends = score.interval?.map(tenths).join(', ');
        const off =
          found.offPlateau === undefined ? '' : `, ${found.offPlateau.students} of ${found.students}`;
        return `${percent(score.value)}${ends === undefined ? '' : ` [${ends}]`}${off}`;
      }),
    ];
  });
  const note =
    `pass@1 with its 95 % interval, and how many students get off the plateau (at least ${100 * offPlateauFrom} %).\n` +
    'Arms that a setting cannot change have the same students at every point.';
  return `${formatTable([header, ...rows])}\n\n${note}`;
}

function settingsOf(values: SweepReport['points'][number]['values']): string {
  return values.map(({ field, value }) => `${field} = ${settingText(value)}`).join(', ');
}
