/** The results of a run on the held-out problems: pass@k of its arms as a table and as a curve over k. Pure. */
import type { ArmReport, RunReport } from '@soar/contracts';
import { mean } from '@soar/experiments';
import { passAtK } from '@soar/rl';
import { figures } from '../figure.js';
import { lineFigure } from '../figures/lines.js';
import { type Html, markup, NOTHING } from '../html.js';
import { count, percent } from '../numbers.js';
import { armColour, armTitle } from '../palette.js';
import { paragraphs } from '../page.js';
import { type Cell, coloured, table } from '../table.js';

/** Most arms of a figure. */
const ARMS_MAX = 12;

export function results({ arms }: RunReport): Html {
  const [first] = arms;
  if (first === undefined) return NOTHING;
  const ks = [...new Set(arms.flatMap((arm) => Object.keys(arm.passAtK).map(Number)))].sort((a, b) => a - b);
  const hasUngraded = arms.some((arm) => ungraded(arm) > 0);
  const rows = arms.map((arm): Cell[] => [
    coloured(armTitle(arm.name), armColour(arm.name)),
    ...ks.map((k) => percent(arm.passAtK[k])),
    count(arm.trainingSteps),
    ...(hasUngraded ? [count(ungraded(arm))] : []),
  ]);
  const more = hasUngraded ? ['Without a verdict'] : [];
  const found = table(['Arm', ...ks.map((k) => `pass@${k}`), 'Training steps', ...more], rows);
  const note = paragraphs(
    `${count(first.problems)} held-out problems, ${count(first.samplesPerProblem)} samples each.` +
      (hasUngraded ? ' Samples without a verdict never count as right.' : ''),
  );
  return figures(markup`<div>${found}${note}</div>`, passCurves(arms));
}

function ungraded({ outcomes }: ArmReport): number {
  return outcomes.reduce((sum, { ungraded: without }) => sum + without, 0);
}

/** pass@k for k = 1, 2, 4, ... up to the samples that every problem has. */
function passCurves(all: readonly ArmReport[]): Html {
  const arms = all.filter(({ outcomes }) => outcomes.length > 0).slice(0, ARMS_MAX);
  const fewest = Math.min(...arms.flatMap(({ outcomes }) => outcomes.map(({ samples }) => samples)));
  if (arms.length === 0 || fewest < 2) return NOTHING;
  const powers = Array.from({ length: Math.floor(Math.log2(fewest)) + 1 }, (_, i) => i);
  const passOf = ({ outcomes }: ArmReport, power: number): number =>
    mean(outcomes.map(({ samples, correct }) => passAtK(samples, Math.min(correct, samples), 2 ** power)));
  return lineFigure({
    name: 'pass-at-k',
    title: 'pass@k on the held-out problems',
    caption:
      'Chance that at least one of k samples is right, without bias from all samples; k on a scale of powers of 2.',
    legend: arms.map(({ name }) => ({ label: armTitle(name), colour: armColour(name), mark: 'line' })),
    x: 'k',
    xTicks: powers.map((power) => ({ at: power, label: String(2 ** power) })),
    y: { label: 'pass@k', domain: [0, 1], isShare: true },
    panels: [
      {
        title: '',
        colour: 'ink',
        lines: arms.map((arm) => {
          const points = powers.map((power) => ({ x: power, y: passOf(arm, power) }));
          return { colour: armColour(arm.name), points, dots: points };
        }),
      },
    ],
    values: {
      axis: 'x',
      head: ['k =', ...arms.map(({ name }) => armTitle(name))],
      rows: powers.map((power) => ({
        at: power,
        cells: [String(2 ** power), ...arms.map((arm) => percent(passOf(arm, power)))],
      })),
    },
  });
}
