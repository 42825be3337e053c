/** Figures of final scores: pass@k of the arms with their students, and the differences in pass@1. Pure. */
import {
  ARMS,
  type ComparisonReport,
  type Estimate,
  passOf,
  type StudentUnit,
  tenths,
} from '@soar/experiments';
import { type IntervalRow, intervalFigure } from '../figures/intervals.js';
import { figures } from '../figure.js';
import type { Html } from '../html.js';
import { percent, rangeOf } from '../numbers.js';
import { armColour } from '../palette.js';
import { figureOf, pointsOf } from './tables.js';

/** pass@k for the smallest and for the largest k. */
export function scoreFigures(report: ComparisonReport, students: readonly StudentUnit[]): Html {
  const { arms, comparison } = report;
  const ks = [...new Set([comparison.passAt[0], comparison.passAt.at(-1)])].filter((k) => k !== undefined);
  return figures(
    plateauFigure(report),
    ...ks.map((k) =>
      intervalFigure({
        name: `pass-at-${k}`,
        title: `pass@${k} on the held-out problems`,
        caption: 'Mean of an arm with its 95 % interval; small points are single students.',
        x: { label: `pass@${k}`, domain: [0, 1], tick: inPercent },
        of: 'Arm',
        head: [`pass@${k}`, 'Students'],
        rows: arms.flatMap(({ arm, title, passAt }): IntervalRow[] => {
          const found = passAt[k];
          if (found === undefined) return [];
          const dots = students
            .filter((unit) => unit.arm === arm)
            .map((unit) => passOf(unit.heldOut.at(-1)!, k));
          const { value, interval } = found;
          const cells = [figureOf(found), dots.map(tenths).join(', ')];
          return [
            { label: title, colour: armColour(arm), value, interval, dots, text: percent(value), cells },
          ];
        }),
      }),
    ),
  );
}

const inPercent = (share: number): string => `${+(100 * share).toFixed(1)} %`;

/** The share of an arm's students that get off the plateau. */
function plateauFigure({ arms, offPlateauFrom }: ComparisonReport): Html {
  return intervalFigure({
    name: 'off-plateau',
    title: 'Students that get off the plateau',
    caption:
      `Share of an arm's students whose pass@1 is at least ${inPercent(offPlateauFrom)}, with its exact 95 % ` +
      'interval. Outcomes are high or low, so a mean alone says little.',
    x: { label: 'share of students', domain: [0, 1], tick: inPercent },
    of: 'Arm',
    head: ['Share', 'Students', 'pass@1 of those'],
    rows: arms.flatMap(({ arm, title, students, offPlateau }): IntervalRow[] => {
      if (offPlateau === undefined) return [];
      const { share, students: off, level } = offPlateau;
      const [text, colour] = [`${off} of ${students}`, armColour(arm)];
      const cells = [figureOf(share), text, figureOf(level)];
      return [{ label: title, colour, value: share.value, interval: share.interval, text, cells }];
    }),
  });
}

/** Differences in pass@1, to Hard-Only and of pairs. */
export function differenceFigure({ arms, pairs }: ComparisonReport): Html {
  const row = (label: string, colour: string, found: Estimate): IntervalRow => ({
    label,
    colour,
    value: found.value,
    interval: found.interval,
    text: pointsOf({ value: found.value }),
    cells: [pointsOf(found)],
  });
  const rows = [
    ...arms.flatMap(({ arm, title, overHardOnly }) =>
      overHardOnly?.[1] === undefined ? [] : [row(`${title} − Hard-Only`, armColour(arm), overHardOnly[1])],
    ),
    ...pairs.map(({ arm, over, passAt1 }) =>
      row(`${ARMS[arm].title} − ${ARMS[over].title}`, armColour(arm), passAt1),
    ),
  ];
  const ends = rows.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
  return figures(
    intervalFigure({
      name: 'differences',
      title: 'Differences in pass@1',
      caption: 'Percentage points with 95 % intervals; right of 0, the arm that is named first is better.',
      x: {
        label: 'points of pass@1',
        domain: rangeOf(ends, [-0.05, 0.05]),
        tick: (v) => String(+(100 * v).toFixed(1)),
      },
      of: 'Difference',
      head: ['Points of pass@1'],
      rows,
    }),
  );
}
