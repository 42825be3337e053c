/** What teachers were rewarded for, and what they asked: small multiples of a figure, one panel a seed. Pure. */
import { type TeacherName, TEACHERS, TEACHER_NAMES, type TeacherUnit } from '@soar/experiments';
import { bins, meanOf } from '../curve.js';
import { figures, type LegendItem, type Values } from '../figure.js';
import { lineFigure } from '../figures/lines.js';
import { shareFigure } from '../figures/shares.js';
import { type Html, NOTHING } from '../html.js';
import { sumOf } from '../kinds.js';
import { decimal, finite, percent, rangeOf } from '../numbers.js';
import { type Kinds, teacherColour } from '../palette.js';

/** Figures of every kind of teacher that was trained. */
export function teacherFigures(teachers: readonly TeacherUnit[], kinds: Kinds): Html {
  return figures(
    ...TEACHER_NAMES.flatMap((name) => {
      const its = teachers.filter(({ teacher, steps }) => teacher === name && steps.length > 0);
      return its.length === 0 ? [] : [rewards(name, its), baselines(name, its), asked(name, its, kinds)];
    }),
  );
}

/** The key of the lines at promotions; none where nothing was promoted. */
function promotion(units: readonly TeacherUnit[]): LegendItem[] {
  const isAny = units.some((unit) => promotedSteps(unit).length > 0);
  return isAny ? [{ label: 'promotion', colour: 'soft', mark: 'rule' }] : [];
}

function promotedSteps({ steps }: TeacherUnit): number[] {
  return steps.flatMap(({ step, promoted }) => (promoted === undefined ? [] : [step]));
}

function rewards(name: TeacherName, units: readonly TeacherUnit[]): Html {
  const colour = teacherColour(name);
  return lineFigure({
    name: `reward-${name}`,
    title: `${TEACHERS[name]}: reward`,
    caption: 'Mean over the datasets of an outer step; the band is their range. A panel for each seed.',
    legend: [{ label: 'mean reward', colour, mark: 'line' }, ...promotion(units)],
    x: 'outer step',
    y: {
      label: 'reward R',
      domain: rangeOf(
        units.flatMap(({ steps }) => steps.flatMap((step) => step.rewards)),
        [-0.05, 0.1],
      ),
    },
    panels: units.map((unit) => {
      const all = bins(unit.steps, ({ step }) => step).flatMap(({ x, items }) => {
        const values = finite(items.flatMap((step) => step.rewards));
        const y = meanOf(values);
        return y === undefined ? [] : [{ x, y, low: Math.min(...values), high: Math.max(...values) }];
      });
      return {
        title: `seed ${unit.teacherSeed}`,
        colour: 'ink',
        lines: [{ colour, points: all, band: all }],
        marked: promotedSteps(unit),
      };
    }),
    values: bySeed(units, (steps) => decimal(meanOf(steps.flatMap(({ rewards: of }) => of)))),
  });
}

function baselines(name: TeacherName, units: readonly TeacherUnit[]): Html {
  if (units.every(({ steps }) => steps.every(({ baselineAccuracy }) => baselineAccuracy === 0)))
    return NOTHING;
  const colour = teacherColour(name);
  return lineFigure({
    name: `baseline-${name}`,
    title: `${TEACHERS[name]}: accuracy of the baseline`,
    caption: "Greedy, on each step's reward questions. It rises where a student is promoted.",
    legend: [{ label: 'baseline accuracy', colour, mark: 'line' }, ...promotion(units)],
    x: 'outer step',
    y: { label: 'accuracy', domain: [0, 1], isShare: true },
    panels: units.map((unit) => ({
      title: `seed ${unit.teacherSeed}`,
      colour: 'ink',
      lines: [
        {
          colour,
          points: bins(unit.steps, ({ step }) => step).flatMap(({ x, items }) => {
            const y = meanOf(items.map(({ baselineAccuracy }) => baselineAccuracy));
            return y === undefined ? [] : [{ x, y }];
          }),
        },
      ],
      marked: promotedSteps(unit),
    })),
    values: bySeed(units, (steps) => percent(meanOf(steps.map(({ baselineAccuracy }) => baselineAccuracy)))),
  });
}

function asked(name: TeacherName, units: readonly TeacherUnit[], kinds: Kinds): Html {
  if (kinds.shown.length === 0) return NOTHING;
  const { parts } = kinds;
  const others = kinds.others === 0 ? '' : `; ${kinds.others} rarer kinds in grey`;
  return shareFigure({
    name: `kinds-${name}`,
    title: `${TEACHERS[name]}: what it asks`,
    caption: `Share of its questions by kind, most frequent at the bottom${others}.`,
    parts: parts.map((label) => ({ label, colour: kinds.colourOf(label) })),
    y: 'questions',
    panels: units.map((unit) => ({
      title: `seed ${unit.teacherSeed}`,
      colour: 'ink',
      columns: bins(unit.steps, ({ step }) => step).map(({ items }) => ({
        from: items[0]!.step,
        to: items.at(-1)!.step,
        shares: kinds.shares(sumOf(items.map((step) => step.kinds))),
      })),
      marked: promotedSteps(unit),
    })),
    values: bySeed(units, (steps) => mostFrequent(sumOf(steps.map((step) => step.kinds)))),
  });
}

/** The most frequent kind and its share: "sum 45 %". */
function mostFrequent(counts: Readonly<Record<string, number>>): string {
  const ranked = Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const total = ranked.reduce((sum, [, n]) => sum + n, 0);
  return ranked[0] === undefined ? '' : `${ranked[0][0]} ${Math.round((100 * ranked[0][1]) / total)} %`;
}

/** A column for each seed, a row for each step or bin of steps. */
function bySeed(
  units: readonly TeacherUnit[],
  write: (steps: readonly TeacherUnit['steps'][number][]) => string,
): Values {
  const longest = units.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
  return {
    axis: 'x',
    head: ['Outer step', ...units.map(({ teacherSeed }) => `seed ${teacherSeed}`)],
    rows: bins(longest.steps, ({ step }) => step).map(({ x, label, items }) => ({
      at: x,
      cells: [
        label,
        ...units.map(({ steps }) => {
          const its = steps.filter(({ step }) => step >= items[0]!.step && step <= items.at(-1)!.step);
          return its.length === 0 ? '' : write(its);
        }),
      ],
    })),
  };
}
