/** The trainings of a run's arms: right answers, gradient norms, entropy and divergence by optimizer step. Pure. */
import type { ArmReport, RunReport } from '@soar/contracts';
import { bins, binned, type Curve, curveOf, meanOf, smoothed } from '../curve.js';
import { figures } from '../figure.js';
import { lineFigure } from '../figures/lines.js';
import { type Html, NOTHING } from '../html.js';
import { decimal, finite, percent, rangeOf } from '../numbers.js';
import { armColour, armTitle } from '../palette.js';

type Step = ArmReport['training'][number];

interface Measure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly label: string;
  readonly of: (step: Step) => number;
  readonly isShare?: boolean;
  /** Smoothed over so many steps to each side. */
  readonly reach?: number;
}

const ARMS_MAX = 12;
const REACH = 2;

const MEASURES: readonly Measure[] = [
  {
    name: 'training-accuracy',
    title: 'Right answers in training',
    caption: `Share of rollouts, smoothed over ${2 * REACH + 1} steps.`,
    label: 'right',
    of: ({ accuracy }) => accuracy,
    isShare: true,
    reach: REACH,
  },
  {
    name: 'training-gradient',
    title: 'Gradient norm in training',
    caption:
      'Global norm before clipping. 0 is a step that was skipped: the rollouts of each question got equal rewards.',
    label: 'gradient norm',
    of: ({ gradientNorm }) => gradientNorm,
  },
  {
    name: 'training-entropy',
    title: 'Entropy in training',
    caption: 'Mean negative log-probability of the sampled tokens.',
    label: 'nats a token',
    of: ({ entropy }) => entropy,
  },
  {
    name: 'training-kl',
    title: 'Divergence from the reference',
    caption: 'Mean per-token estimate of KL(policy || reference).',
    label: 'KL, nats a token',
    of: ({ kl }) => kl,
  },
];

export function training({ arms }: RunReport): Html {
  const trained = arms.filter((arm) => arm.training.length > 0).slice(0, ARMS_MAX);
  return trained.length === 0
    ? NOTHING
    : figures(...MEASURES.map((measure) => measureFigure(trained, measure)));
}

function measureFigure(
  arms: readonly ArmReport[],
  { of, reach, isShare = false, label, ...about }: Measure,
): Html {
  const values = finite(arms.flatMap((arm) => arm.training.map(of)));
  if (values.length === 0 || (!isShare && values.every((value) => value === 0))) return NOTHING;
  const longest = arms.reduce((a, b) => (b.training.length > a.training.length ? b : a)).training;
  const changes = stageChanges(arms);
  const points = ({ training: steps }: ArmReport): Curve =>
    reach === undefined
      ? curveOf(
          bins(steps, ({ step }) => step + 1),
          of,
        )
      : smoothed(steps.map(of), reach);
  return lineFigure({
    ...about,
    caption: about.caption + binned(longest, 'steps'),
    legend: [
      ...arms.map(({ name }) => ({ label: armTitle(name), colour: armColour(name), mark: 'line' }) as const),
      ...(changes.length === 0 ? [] : [{ label: 'next stage', colour: 'soft', mark: 'rule' } as const]),
    ],
    x: 'optimizer step',
    y: { label, isShare, domain: isShare ? [0, 1] : rangeOf(values, [0, 0]) },
    panels: [
      {
        title: '',
        colour: 'ink',
        marked: changes,
        lines: arms.map((arm) => ({ colour: armColour(arm.name), points: points(arm) })),
      },
    ],
    values: {
      axis: 'x',
      head: ['Step', ...arms.map(({ name }) => armTitle(name))],
      rows: bins(longest, ({ step }) => step + 1).map(({ x, label: steps, items }) => {
        const [from, to] = [items[0]!.step, items.at(-1)!.step];
        const cells = arms.map((arm) => {
          const its = arm.training.filter(({ step }) => step >= from && step <= to).map(of);
          const value = meanOf(its);
          return its.length === 0 ? '' : isShare ? percent(value) : decimal(value);
        });
        return { at: x, cells: [steps, ...cells] };
      }),
    },
  });
}

/** Where a training goes on to other problems: between two steps. */
function stageChanges(arms: readonly ArmReport[]): number[] {
  const changes = arms.flatMap(({ training: steps }) =>
    steps.flatMap(({ stage, step }, i) => (i > 0 && stage !== steps[i - 1]!.stage ? [step + 0.5] : [])),
  );
  return [...new Set(changes)].slice(0, ARMS_MAX);
}
