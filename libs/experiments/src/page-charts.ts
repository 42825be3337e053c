/**
 * The figures of a report page, drawn from the raw results: final scores, learning curves, and what teachers were
 * rewarded for and asked. Pure.
 */
import { ARM_NAMES, ARMS, TEACHERS } from './arms.js';
import { type Bar, barChart, type Line, lineChart, shareChart } from './charts.js';
import { mean } from './moments.js';
import type { ComparisonReport } from './report.js';
import type { StudentUnit, TeacherUnit } from './results.js';
import { passOf } from './student-score.js';

/** Steps to each side over which training curves are smoothed, for display only. */
const SMOOTHED = 2;
/**
 * Most points of a curve. More could not be told apart, and a long training would make the page large.
 */
const POINTS_MAX = 100;

export function passBars({ arms, comparison }: ComparisonReport, students: readonly StudentUnit[]): string {
  const shown = [...new Set([comparison.passAt[0], comparison.passAt.at(-1)])].filter((k) => k !== undefined);
  return shown
    .map((k) => {
      const bars = arms.flatMap(({ arm, title, passAt }): Bar[] => {
        const figure = passAt[k];
        const dots = students
          .filter((unit) => unit.arm === arm)
          .map((unit) => passOf(unit.heldOut.at(-1)!, k));
        return figure === undefined
          ? []
          : [{ label: title, value: figure.value, interval: figure.interval, dots }];
      });
      return barChart(
        bars,
        `pass@${k} on the held-out problems; whiskers are 95 % intervals, dots are students`,
      );
    })
    .join('');
}

export function learning(students: readonly StudentUnit[]): string {
  const trained = ARM_NAMES.map((arm) => ({
    title: ARMS[arm].title,
    units: students.filter((unit) => unit.arm === arm && unit.training.length > 0),
  })).filter(({ units }) => units.length > 0);
  // Arms with a larger budget have their own charts; in a shared one they would leave the others no room.
  const budget = Math.min(...trained.map(({ units }) => units[0]!.training.length));
  const [alike, longer] = [true, false].map((isAlike) =>
    trained.filter(({ units }) => units[0]!.training.length <= 2 * budget === isAlike),
  );
  const x = 'optimizer steps of the student';
  const charts = (arms: typeof trained): string => {
    if (arms.length === 0) return '';
    const lines = (curve: (unit: StudentUnit) => Curve): Line[] =>
      arms.map(({ title, units }) => lineOf(title, units.map(curve)));
    return (
      lineChart(
        lines(({ heldOut }) => heldOut.map((found) => [found.step, passOf(found, 1)])),
        { from: 0, to: 1, x },
        'pass@1 on the held-out problems: mean of an arm, and its students as thin lines',
      ) +
      lineChart(
        lines(({ training }) => smooth(training.map(({ accuracy }) => accuracy))),
        { from: 0, to: 1, x },
        'Share of right answers in training, likewise (first on questions, then on hard problems)',
      )
    );
  };
  return charts(alike!) + charts(longer!);
}

/** Values by ascending step. */
type Curve = readonly (readonly [step: number, value: number])[];

/** Curves as one line. Students may have been evaluated after different steps: each counts where it has a value. */
function lineOf(label: string, curves: readonly Curve[]): Line {
  const at = new Map<number, number[]>();
  for (const [step, value] of curves.flat()) at.set(step, [...(at.get(step) ?? []), value]);
  const points = [...at].sort(([a], [b]) => a - b);
  return {
    label,
    steps: points.map(([step]) => step),
    mean: points.map(([, values]) => mean(values)),
    singles: curves.length > 1 ? curves : [],
  };
}

/** A training's curve, smoothed. A long one is thinned to POINTS_MAX points, each the mean of those around it. */
function smooth(values: readonly number[]): Curve {
  const every = Math.ceil(values.length / POINTS_MAX);
  const reach = Math.max(SMOOTHED, every);
  return values.flatMap((_, i) =>
    i % every === 0 || i === values.length - 1
      ? [[i + 1, mean(values.slice(Math.max(0, i - reach), i + reach + 1))] as const]
      : [],
  );
}

export function dynamics(teachers: readonly TeacherUnit[]): string {
  return teachers
    .filter(({ steps }) => steps.length > 0)
    .map(({ teacher, teacherSeed, steps, promotions: earned }) => {
      const name = `${TEACHERS[teacher]}, seed ${teacherSeed}`;
      const at = steps.map(({ step }) => step);
      const reward: Line = {
        label: 'reward',
        steps: at,
        mean: steps.map(({ rewards }) => mean(rewards)),
        band: {
          low: steps.map(({ rewards }) => Math.min(...rewards)),
          high: steps.map(({ rewards }) => Math.max(...rewards)),
        },
      };
      const accuracy = steps.map(({ baselineAccuracy }) => baselineAccuracy);
      const baseline: Line = { label: 'baseline', steps: at, mean: accuracy };
      const kinds = [...new Set(steps.flatMap((step) => Object.keys(step.kinds)))].sort();
      const shares = steps.map((step) => {
        const total = Math.max(
          1,
          Object.values(step.kinds).reduce((a, b) => a + b, 0),
        );
        return kinds.map((kind) => (step.kinds[kind] ?? 0) / total);
      });
      const promoted = steps.flatMap(({ step, promoted: k }) => (k === undefined ? [] : [step]));
      return (
        lineChart(
          [reward, baseline],
          { from: -1, to: 1, x: 'outer step', marks: promoted },
          `${name}: reward, mean and range over datasets; the baseline's greedy accuracy; ` +
            `${earned.length} promotions (vertical)`,
        ) + (kinds.length === 0 ? '' : shareChart(kinds, shares, `${name}: what it asks`))
      );
    })
    .join('');
}
