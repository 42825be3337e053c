/** The course of the outer loop: rewards of datasets, their moving average against tau, and the baseline. Pure. */
import type { OuterStepReport, RunReport } from '@soar/contracts';
import { binned, bins, curveOf, meanOf, POINTS_MAX } from '../curve.js';
import { figures, type LegendItem } from '../figure.js';
import { lineFigure } from '../figures/lines.js';
import { type Html, NOTHING } from '../html.js';
import { decimal, finite, isNumber, percent, rangeOf } from '../numbers.js';

/** More promotions than this are not marked: the lines would hide what they mark. */
const MARKED_MAX = 60;

/** The steps with a promotion, as lines of a figure. */
export function promotedSteps({ steps }: RunReport): number[] {
  const promoted = steps.flatMap(({ outerStep, score }) =>
    score?.promotion === undefined ? [] : [outerStep],
  );
  return promoted.length > MARKED_MAX ? [] : promoted;
}

export function promotionKey(report: RunReport): LegendItem[] {
  return promotedSteps(report).length === 0 ? [] : [{ label: 'promotion', colour: 'soft', mark: 'rule' }];
}

export function rewards(report: RunReport): Html {
  const scored = report.steps.filter(({ score }) => score !== undefined);
  if (scored.length === 0) return NOTHING;
  return figures(rewardFigure(report, scored), baselineFigure(report, scored), gradientFigure(report));
}

const rewardsOf = ({ score }: OuterStepReport): number[] =>
  finite(score!.datasets.map(({ reward }) => reward));

function rewardFigure(report: RunReport, scored: readonly OuterStepReport[]): Html {
  const all = bins(scored, ({ outerStep }) => outerStep);
  const { promotion } = report.config ?? {};
  const tau = promotion === undefined || promotion.disabled ? undefined : promotion.tau;
  const areSingle = scored.length <= POINTS_MAX;
  const band = all.flatMap(({ x, items }) => {
    const values = items.flatMap(rewardsOf);
    return values.length === 0 ? [] : [{ x, low: Math.min(...values), high: Math.max(...values) }];
  });
  return lineFigure({
    name: 'reward',
    title: 'Reward of the datasets',
    caption:
      'R of a dataset: what its students gain on the reward questions over the baseline. A student is promoted where ' +
      `the moving average exceeds tau.${binned(scored, 'outer steps')}`,
    legend: [
      { label: areSingle ? 'dataset' : 'range', colour: 't0', mark: areSingle ? 'dot' : 'area' },
      { label: 'mean', colour: 'c0', mark: 'line' },
      { label: 'moving average', colour: 'c1', mark: 'line' },
      ...(tau === undefined ? [] : [{ label: `tau = ${tau}`, colour: 'ink', mark: 'dashed' } as const]),
      ...promotionKey(report),
    ],
    x: 'outer step',
    y: {
      label: 'reward R',
      domain: rangeOf([...scored.flatMap(rewardsOf), tau ?? 0], [-0.02, 0.05]),
      ...(tau === undefined ? {} : { level: tau }),
    },
    panels: [
      {
        title: '',
        colour: 'ink',
        marked: promotedSteps(report),
        lines: [
          {
            colour: 'c0',
            points: curveOf(all, ({ score }) => score!.meanReward),
            ...(areSingle
              ? { dots: scored.flatMap((step) => rewardsOf(step).map((y) => ({ x: step.outerStep, y }))) }
              : { band }),
          },
          { colour: 'c1', points: curveOf(all, ({ score }) => score!.movingAverage) },
        ],
      },
    ],
    values: {
      axis: 'x',
      head: ['Outer step', 'mean', 'moving average', 'datasets', 'promoted'],
      rows: all.map(({ x, label, items }) => ({
        at: x,
        cells: [
          label,
          decimal(meanOf(items.map(({ score }) => score!.meanReward))),
          decimal(meanOf(items.map(({ score }) => score!.movingAverage))),
          items.length === 1 ? rewardsOf(items[0]!).map(decimal).join(', ') : '',
          items
            .flatMap(({ score }) => score!.promotion?.datasetIndex ?? [])
            .map((k) => `dataset ${k}`)
            .join(', '),
        ],
      })),
    },
  });
}

function baselineFigure(report: RunReport, scored: readonly OuterStepReport[]): Html {
  const all = bins(scored, ({ outerStep }) => outerStep);
  return lineFigure({
    name: 'baseline',
    title: 'Accuracy of the baseline',
    caption:
      'Greedy, on the reward questions of each step, which are drawn anew: it moves by chance, and where a student ' +
      `is promoted.${binned(scored, 'outer steps')}`,
    legend: [{ label: 'baseline', colour: 'c4', mark: 'line' }, ...promotionKey(report)],
    x: 'outer step',
    y: { label: 'accuracy', domain: [0, 1], isShare: true },
    panels: [
      {
        title: '',
        colour: 'ink',
        marked: promotedSteps(report),
        lines: [{ colour: 'c4', points: curveOf(all, ({ score }) => score!.baselineAccuracy) }],
      },
    ],
    values: {
      axis: 'x',
      head: ['Outer step', 'accuracy'],
      rows: all.map(({ x, label, items }) => ({
        at: x,
        cells: [label, percent(meanOf(items.map(({ score }) => score!.baselineAccuracy)))],
      })),
    },
  });
}

function gradientFigure({ steps }: RunReport): Html {
  const norms = steps.map(({ teacherGradientNorm }) => teacherGradientNorm).filter(isNumber);
  if (norms.every((norm) => norm === 0)) return NOTHING;
  const all = bins(steps, ({ outerStep }) => outerStep);
  return lineFigure({
    name: 'teacher-gradient',
    title: "Norm of the teacher's gradient",
    caption: `Global norm before clipping. 0 is a step without an update.${binned(steps, 'outer steps')}`,
    x: 'outer step',
    y: { label: 'gradient norm', domain: rangeOf(norms, [0, 0]) },
    panels: [
      {
        title: '',
        colour: 'ink',
        lines: [{ colour: 'c3', points: curveOf(all, ({ teacherGradientNorm }) => teacherGradientNorm) }],
      },
    ],
    values: {
      axis: 'x',
      head: ['Outer step', 'norm'],
      rows: all.map(({ x, label, items }) => ({
        at: x,
        cells: [label, decimal(meanOf(items.map(({ teacherGradientNorm }) => teacherGradientNorm)))],
      })),
    },
  });
}
