/** Learning curves of students: reward, KL, entropy, lengths, gradient norm, by optimizer step. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Point } from '../charts/downsample.js';
import { LineChart } from '../charts/line-chart.js';
import { compact, count, percent } from '../format.js';
import type { TrainingStep } from '../index.js';

export interface Curve {
  readonly name: string;
  readonly steps: readonly TrainingStep[];
  /** Colour; default: the curve's place. */
  readonly tone?: number;
  readonly faint?: boolean;
}

const CHARTS: readonly {
  readonly title: string;
  readonly of: (step: TrainingStep) => number;
  readonly format: (value: number) => string;
  readonly include: readonly number[];
}[] = [
  { title: 'Right answers', of: ({ accuracy }) => accuracy, format: percent, include: [0] },
  { title: 'Mean reward', of: ({ reward }) => reward, format: compact, include: [0] },
  { title: 'KL to the reference, a token', of: ({ kl }) => kl, format: compact, include: [0] },
  { title: 'Entropy, nats a token', of: ({ entropy }) => entropy, format: compact, include: [0] },
  { title: 'Tokens sampled', of: ({ tokens }) => tokens, format: count, include: [0] },
  { title: 'Gradient norm', of: ({ gradientNorm }) => gradientNorm, format: compact, include: [0] },
];

export function TrainingCharts({ curves }: { readonly curves: readonly Curve[] }): VNode {
  const [cursor, setCursor] = useState<number>();
  const series = useMemo(
    () =>
      CHARTS.map(({ of }) =>
        curves.map(({ name, steps, tone, faint }, i) => ({
          name,
          tone: (tone ?? i) % 8,
          ...(faint === undefined ? {} : { faint }),
          points: steps.map((step): Point => [step.step, of(step)]),
        })),
      ),
    [curves],
  );
  return (
    <div class="charts">
      {CHARTS.map(({ title, format, include }, i) => (
        <LineChart
          key={title}
          title={title}
          series={series[i]!}
          include={include}
          format={format}
          cursor={cursor}
          onCursor={setCursor}
        />
      ))}
    </div>
  );
}
