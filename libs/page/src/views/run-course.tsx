/** The course of a run: rewards, promotions, the baseline, what the teacher asks, and the result. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Point } from '../charts/downsample.js';
import { LineChart } from '../charts/line-chart.js';
import { ShareChart } from '../charts/share-chart.js';
import { compact, count, percent, signed } from '../format.js';
import type { Run, StepRow } from '../index.js';
import { hashOf } from '../route.js';
import { Arms } from './arms.js';

export function Course({ run }: { readonly run: Run }): VNode {
  const [cursor, setCursor] = useState<number>();
  const { steps } = run;
  const data = useMemo(() => seriesOf(steps), [steps]);
  const last = Math.max(0, run.stepsTotal - 1);
  const open = (step: number): void => {
    location.hash = hashOf({ view: 'run', id: run.id, tab: 'questions', step });
  };
  const shared = { cursor, onCursor: setCursor, onOpen: open, last };
  const hasKinds = steps.some(({ kinds }) => Object.keys(kinds).length > 0);
  return (
    <>
      <Arms run={run} />
      {steps.length > 0 && <Cursor steps={steps} cursor={cursor} onCursor={setCursor} onOpen={open} />}
      <div class="charts">
        <LineChart
          title="Reward of the teacher"
          series={data.reward}
          band={data.band}
          marks={{ name: 'promotions', xs: data.promotions }}
          {...(run.promotes ? { level: { name: 'tau', y: run.tau } } : {})}
          include={[0]}
          format={(value) => signed(value)}
          empty="The first outer step is not done yet."
          {...shared}
        />
        <LineChart
          title="Baseline student on the reward questions"
          series={data.baseline}
          include={[0]}
          format={percent}
          marks={{ name: 'promotions', xs: data.promotions }}
          {...shared}
        />
        {hasKinds && (
          <ShareChart
            title="What the teacher asks"
            steps={steps}
            last={run.stepsTotal}
            cursor={cursor}
            onCursor={setCursor}
          />
        )}
        <LineChart
          title="Quality of proposals"
          series={data.quality}
          include={[0, 1]}
          format={percent}
          {...shared}
        />
        <LineChart
          title="Gradient norm of the teacher"
          series={data.gradient}
          include={[0]}
          format={compact}
          {...shared}
        />
        <LineChart
          title="Tokens that students sampled"
          series={data.tokens}
          include={[0]}
          format={count}
          {...shared}
        />
      </div>
    </>
  );
}

/** The step under the cursor of all charts, for the keyboard too. */
function Cursor({
  steps,
  cursor,
  onCursor,
  onOpen,
}: {
  readonly steps: readonly StepRow[];
  readonly cursor: number | undefined;
  readonly onCursor: (step: number | undefined) => void;
  readonly onOpen: (step: number) => void;
}): VNode {
  const [first, last] = [steps[0]!.step, steps.at(-1)!.step];
  const step = cursor ?? last;
  return (
    <div class="cursor-bar">
      <label>
        Outer step <span class="number">{step}</span>
        <input
          type="range"
          min={first}
          max={last}
          value={step}
          onInput={(event) => onCursor(Number(event.currentTarget.value))}
        />
      </label>
      <button type="button" onClick={() => onOpen(step)}>
        Questions and rewards of step {step}
      </button>
    </div>
  );
}

function seriesOf(steps: readonly StepRow[]) {
  const points = (value: (row: StepRow) => number | undefined): Point[] =>
    steps.flatMap((row): Point[] => {
      const y = value(row);
      return y === undefined ? [] : [[row.step, y]];
    });
  const right = points(({ correctAnswers }) => correctAnswers);
  return {
    reward: [
      { name: 'mean reward', tone: 0, points: points(({ meanReward }) => meanReward) },
      { name: 'moving average', tone: 1, points: points(({ movingAverage }) => movingAverage) },
    ],
    band: {
      name: 'datasets',
      ranges: steps
        .filter(({ rewards }) => rewards.length > 0)
        .map(({ step, rewards }) => [step, Math.min(...rewards), Math.max(...rewards)] as const),
    },
    promotions: steps.filter(({ promoted }) => promoted !== undefined).map(({ step }) => step),
    baseline: [{ name: 'accuracy', tone: 0, points: points(({ baseline }) => baseline) }],
    quality: [
      {
        name: 'well-formed',
        tone: 0,
        points: points(({ sampled, rejected }) => (sampled === 0 ? undefined : 1 - rejected / sampled)),
      },
      ...(right.length === 0 ? [] : [{ name: 'stated answer right', tone: 2, points: right }]),
    ],
    gradient: [{ name: 'before clipping', tone: 0, points: points(({ gradientNorm }) => gradientNorm) }],
    tokens: [{ name: 'tokens', tone: 0, points: points(({ tokens }) => tokens) }],
  };
}
