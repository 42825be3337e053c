/**
 * Figures of a sweep: what arms reach by the value of a varied field, a panel for each arm. Pure.
 *
 * Values stand at equal distances, whatever they are. Where other fields vary along (a grid), a panel has a thin line
 * for each combination of theirs and their mean; otherwise one line with its intervals.
 */
import { type Estimate, mean, settingText, type SweepPointReport, type SweepReport } from '@soar/experiments';
import { type Figure, figures } from '../figure.js';
import { type Line, lineFigure } from '../figures/lines.js';
import { type Html, NOTHING } from '../html.js';
import { percent } from '../numbers.js';
import { armColour } from '../palette.js';
import { figureOf } from '../comparison/tables.js';

type ArmOfPoint = SweepPointReport['arms'][number];
type Field = SweepReport['sweep']['fields'][number];

/** What is read off an arm. */
interface Measure {
  readonly name: string;
  readonly title: (field: string) => string;
  readonly label: string;
  readonly of: (arm: ArmOfPoint) => Estimate | undefined;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'pass-at-1',
    title: (field) => `pass@1 by ${field}`,
    label: 'pass@1',
    of: ({ passAt }) => passAt[1],
  },
  {
    name: 'off-plateau',
    title: (field) => `Students off the plateau by ${field}`,
    label: 'share',
    of: ({ offPlateau }) => offPlateau?.share,
  },
];

/** An arm at one value of the field, with one combination of the others. */
interface At {
  readonly x: number;
  readonly estimate: Estimate;
}

export function sensitivities(report: SweepReport): Html {
  const { fields } = report.sweep;
  return figures(
    ...fields.flatMap((field, i) => MEASURES.map((measure) => sensitivity(report, field, i, measure))),
  );
}

function sensitivity(report: SweepReport, field: Field, index: number, measure: Measure): Html {
  const contexts = contextsOf(report, field);
  const arms = armsOf(report);
  const drawn = arms.flatMap(({ arm, title }) => {
    const curves = contexts
      .map((points) => curveOf(points, field, arm, measure))
      .filter((curve) => curve.length > 1);
    return curves.length === 0 ? [] : [{ arm, title, colour: armColour(arm), curves }];
  });
  if (drawn.length === 0) return NOTHING;
  const base = field.values.findIndex((value) => isEqual(value, field.base));
  const isGrid = contexts.length > 1;
  return lineFigure({
    name: `${measure.name}-${index}`,
    title: measure.title(field.field),
    caption: isGrid
      ? 'Thin lines: one for each combination of the other fields; thick: their mean.'
      : 'With 95 % intervals; all other fields as in the base.',
    x: field.field,
    xTicks: field.values.map((value, at) => ({ at, label: tickOf(value) })),
    // Half a place on either side, so that the ticks of panels beside each other do not meet.
    xDomain: [-0.5, field.values.length - 0.5],
    y: { label: measure.label, domain: [0, 1], isShare: true },
    legend: base < 0 ? [] : [{ label: `base: ${settingText(field.base)}`, colour: 'soft', mark: 'rule' }],
    panels: drawn.map(({ title, colour, curves }) => ({
      title,
      colour,
      marked: base < 0 ? [] : [base],
      lines: [lineOf(colour, curves)],
    })),
    values: valuesOf(field, drawn),
  });
}

/** Points that differ in this field alone, for each combination of the others that has two at least. */
function contextsOf({ points }: SweepReport, { field }: Field): SweepPointReport[][] {
  const groups = new Map<string, SweepPointReport[]>();
  for (const point of points) {
    const others = JSON.stringify(point.values.filter((value) => value.field !== field));
    groups.set(others, [...(groups.get(others) ?? []), point]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

/** Arms that have students at any point, in the order of tables. */
export function armsOf({ sweep, points }: SweepReport): { readonly arm: string; readonly title: string }[] {
  return sweep.arms.flatMap((name) => {
    const found = points.flatMap(({ arms }) => arms).find(({ arm }) => arm === name);
    return found === undefined || name === 'base' ? [] : [{ arm: name, title: found.title }];
  });
}

function curveOf(points: readonly SweepPointReport[], field: Field, name: string, { of }: Measure): At[] {
  return field.values.flatMap((value, x) => {
    const point = points.find(({ values }) =>
      values.some((own) => own.field === field.field && isEqual(own.value, value)),
    );
    const arm = point?.arms.find(({ arm }) => arm === name);
    const estimate = arm && of(arm);
    return estimate === undefined ? [] : [{ x, estimate }];
  });
}

function lineOf(colour: string, curves: readonly (readonly At[])[]): Line {
  const points = meanOf(curves).map(({ x, estimate }) => ({ x, y: estimate.value }));
  const [only, ...others] = curves;
  if (others.length > 0) {
    const singles = curves.map((curve) => curve.map(({ x, estimate }) => ({ x, y: estimate.value })));
    return { colour, points, singles };
  }
  const band = only!.flatMap(({ x, estimate: { interval } }) =>
    interval === undefined ? [] : [{ x, low: interval[0], high: interval[1] }],
  );
  return { colour, points, band, dots: points };
}

/** The mean over curves at each value; of one curve, itself. */
function meanOf(curves: readonly (readonly At[])[]): readonly At[] {
  if (curves.length === 1) return curves[0]!;
  const xs = [...new Set(curves.flatMap((curve) => curve.map(({ x }) => x)))].sort((a, b) => a - b);
  return xs.map((x) => {
    const at = curves.flatMap((curve) => curve.filter((one) => one.x === x));
    return { x, estimate: { value: mean(at.map(({ estimate }) => estimate.value)) } };
  });
}

function valuesOf(
  field: Field,
  drawn: readonly { readonly title: string; readonly curves: readonly (readonly At[])[] }[],
): Figure['values'] {
  const means = drawn.map(({ curves }) => meanOf(curves));
  return {
    axis: 'x',
    head: [field.field, ...drawn.map(({ title }) => title)],
    rows: field.values.map((value, x) => ({
      at: x,
      cells: [
        settingText(value) + (isEqual(value, field.base) ? ' (base)' : ''),
        ...means.map((curve) => {
          const found = curve.find((one) => one.x === x);
          return found === undefined ? percent(undefined) : figureOf(found.estimate);
        }),
      ],
    })),
  };
}

/** Longest text of a tick. */
const TICK_MAX = 12;

function tickOf(value: unknown): string {
  const text = settingText(value);
  return text.length > TICK_MAX ? `${text.slice(0, TICK_MAX - 1)}…` : text;
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
