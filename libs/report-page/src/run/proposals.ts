/** What the teacher wrote over the outer steps: kinds of questions, right answers, and rejected rollouts. Pure. */
import type { OuterStepReport, RunReport } from '@soar/contracts';
import { binned, bins, type Bin, curveOf, meanOf } from '../curve.js';
import { cut, figures } from '../figure.js';
import { lineFigure } from '../figures/lines.js';
import { type ShareFigure, shareFigure } from '../figures/shares.js';
import { type Html, joined, NOTHING } from '../html.js';
import { count, percent } from '../numbers.js';
import { Kinds } from '../palette.js';
import { table } from '../table.js';
import { sumOf } from '../kinds.js';
import { promotedSteps, promotionKey } from './rewards.js';

export function proposals(report: RunReport): Html {
  const { steps } = report;
  if (steps.length === 0) return NOTHING;
  const all = bins(steps, ({ outerStep }) => outerStep);
  const drawn = figures(kindFigure(report, all), qualityFigure(report, all), rejectionFigure(report, all));
  return joined(drawn, rejectionTable(steps));
}

function kindFigure(report: RunReport, all: readonly Bin<OuterStepReport>[]): Html {
  const kinds = new Kinds(report.steps.map((step) => step.kinds));
  if (kinds.shown.length === 0) return NOTHING;
  const others = kinds.others === 0 ? '' : `; ${kinds.others} rarer kinds in grey`;
  return stacked(report, all, {
    name: 'kinds',
    title: 'What the teacher asks',
    caption: `Share of its questions by kind, most frequent at the bottom${others}.`,
    parts: kinds.parts.map((label) => ({ label, colour: kinds.colourOf(label) })),
    y: 'questions',
    sharesOf: (steps) => kinds.shares(sumOf(steps.map((step) => step.kinds))),
  });
}

function rejectionFigure(report: RunReport, all: readonly Bin<OuterStepReport>[]): Html {
  const reasons = new Kinds(report.steps.map(({ rejections }) => rejections));
  if (reasons.shown.length === 0) return NOTHING;
  const sharesOf = (steps: readonly OuterStepReport[]): number[] => {
    const sampled = steps.reduce((sum, { rolloutsSampled }) => sum + rolloutsSampled, 0);
    const rejected = rejectedOf(steps);
    return reasons
      .shares(sumOf(steps.map(({ rejections }) => rejections)))
      .map((share) => (share * rejected) / sampled || 0);
  };
  const highest = Math.max(...all.map(({ items }) => sharesOf(items).reduce((a, b) => a + b, 0)));
  return stacked(report, all, {
    name: 'rejections',
    title: 'Rejected rollouts',
    caption: 'Share of the sampled rollouts that were rejected, by reason.',
    parts: reasons.parts.map((label) => ({ label, colour: reasons.colourOf(label) })),
    y: 'rollouts',
    to: Math.min(1, Math.max(0.05, 1.1 * highest)),
    sharesOf,
  });
}

interface Stacked extends Omit<ShareFigure, 'panels' | 'values'> {
  readonly sharesOf: (steps: readonly OuterStepReport[]) => number[];
}

function stacked(
  report: RunReport,
  all: readonly Bin<OuterStepReport>[],
  { sharesOf, ...about }: Stacked,
): Html {
  const columns = all.map(({ x, label, items }) => ({
    x,
    label,
    from: items[0]!.outerStep,
    to: items.at(-1)!.outerStep,
    shares: sharesOf(items),
  }));
  return shareFigure({
    ...about,
    caption: about.caption + binned(report.steps, 'outer steps'),
    panels: [{ title: '', colour: 'ink', columns, marked: promotedSteps(report) }],
    values: {
      axis: 'x',
      head: ['Outer step', ...about.parts.map(({ label }) => cut(label, 40))],
      rows: columns.map(({ x, label, shares }) => ({
        at: x,
        cells: [label, ...shares.map((share) => (share === 0 ? '' : percent(share)))],
      })),
    },
  });
}

function qualityFigure(report: RunReport, all: readonly Bin<OuterStepReport>[]): Html {
  const { steps } = report;
  const isJudged = steps.some(({ correctAnswers }) => correctAnswers !== undefined);
  return lineFigure({
    name: 'quality',
    title: 'Well-formed proposals and right answers',
    caption:
      'Well-formed: share of sampled rollouts that hold a question and an answer.' +
      (isJudged
        ? " Right: share of stated answers that the domain's oracle agrees with; no reward depends on it."
        : '') +
      binned(steps, 'outer steps'),
    legend: [
      { label: 'well-formed', colour: 'c0', mark: 'line' },
      ...(isJudged ? [{ label: 'stated answer right', colour: 'c2', mark: 'line' } as const] : []),
      ...promotionKey(report),
    ],
    x: 'outer step',
    y: { label: 'share', domain: [0, 1], isShare: true },
    panels: [
      {
        title: '',
        colour: 'ink',
        marked: promotedSteps(report),
        lines: [
          { colour: 'c0', points: curveOf(all, wellFormed) },
          { colour: 'c2', points: curveOf(all, ({ correctAnswers }) => correctAnswers) },
        ],
      },
    ],
    values: {
      axis: 'x',
      head: ['Outer step', 'well-formed', ...(isJudged ? ['right'] : [])],
      rows: all.map(({ x, label, items }) => ({
        at: x,
        cells: [
          label,
          percent(meanOf(items.map(wellFormed))),
          ...(isJudged ? [percent(meanOf(items.map(({ correctAnswers }) => correctAnswers)))] : []),
        ],
      })),
    },
  });
}

function rejectedOf(steps: readonly OuterStepReport[]): number {
  return Object.values(sumOf(steps.map(({ rejections }) => rejections))).reduce((a, b) => a + b, 0);
}

/** NaN where nothing was sampled. */
function wellFormed(step: OuterStepReport): number {
  return 1 - rejectedOf([step]) / step.rolloutsSampled;
}

/** Most reasons of the table; a domain of one's own may give any number. */
const REASONS_MAX = 30;

function rejectionTable(steps: readonly OuterStepReport[]): Html {
  const sampled = steps.reduce((sum, { rolloutsSampled }) => sum + rolloutsSampled, 0);
  const reasons = Object.entries(sumOf(steps.map(({ rejections }) => rejections)));
  return table(
    ['Rejected because of', 'Rollouts', 'Share'],
    reasons
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, REASONS_MAX)
      .map(([reason, rollouts]) => [reason, count(rollouts), percent(rollouts / sampled)]),
  );
}
