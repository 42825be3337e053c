/** Learning curves of the arms, a panel each: every student as a thin line, and their mean. Pure. */
import { ARM_NAMES, ARMS, passOf, type StudentUnit } from '@soar/experiments';
import { type Curve, meanCurve, POINTS_MAX, smoothed } from '../curve.js';
import { figures, type Values } from '../figure.js';
import { lineFigure } from '../figures/lines.js';
import { type Html, NOTHING } from '../html.js';
import { percent } from '../numbers.js';
import { armColour } from '../palette.js';

/** Steps to each side over which training curves are smoothed, for display only. */
const SMOOTHED = 2;
/** Points of a training curve in a small panel. More could not be told apart there. */
const PANEL_POINTS_MAX = 16;

/** Most marked changes of stage. */
const CHANGES_MAX = 4;

interface Trained {
  readonly title: string;
  readonly colour: string;
  readonly units: readonly StudentUnit[];
}

export function learning(students: readonly StudentUnit[]): Html {
  const trained = ARM_NAMES.map((arm): Trained => ({
    title: ARMS[arm].title,
    colour: armColour(arm),
    units: students.filter((unit) => unit.arm === arm && unit.training.length > 0),
  })).filter(({ units }) => units.length > 0);
  if (trained.length === 0) return NOTHING;
  // Arms with a larger budget have figures of their own; in shared ones they would leave the others no room.
  const budget = Math.min(...trained.map(({ units }) => units[0]!.training.length));
  const [alike, longer] = [true, false].map((isAlike) =>
    trained.filter(({ units }) => units[0]!.training.length <= 2 * budget === isAlike),
  );
  return figures(
    ...ofBudget('', '', alike!),
    ...ofBudget('-longer', ': arms with a longer training', longer!),
  );
}

function ofBudget(suffix: string, which: string, arms: readonly Trained[]): Html[] {
  if (arms.length === 0) return [];
  return [
    curves(
      {
        name: `learning${suffix}`,
        title: `pass@1 on the held-out problems${which}`,
        caption: 'Thick: mean of an arm. Thin: its students.',
      },
      arms,
      ({ heldOut }) => heldOut.map((found) => ({ x: found.step, y: passOf(found, 1) })),
    ),
    curves(
      {
        name: `training${suffix}`,
        title: `Right answers in training${which}`,
        caption:
          `Share of rollouts, smoothed over ${2 * SMOOTHED + 1} steps: of the teacher's questions while a student ` +
          'trains on them, of hard problems afterwards.',
      },
      arms,
      ({ training }) =>
        smoothed(
          training.map(({ accuracy }) => accuracy),
          SMOOTHED,
          arms.length > 1 ? PANEL_POINTS_MAX : POINTS_MAX,
        ),
    ),
  ];
}

function curves(
  about: { name: string; title: string; caption: string },
  arms: readonly Trained[],
  curveOf: (unit: StudentUnit) => Curve,
): Html {
  const isTraining = about.name.startsWith('training');
  const drawn = arms.map(({ title, colour, units }) => {
    const singles = units.map(curveOf);
    const marked = isTraining ? stageChanges(units) : [];
    return { title, colour, marked, singles: singles.length > 1 ? singles : [], points: meanCurve(singles) };
  });
  return lineFigure({
    ...about,
    x: 'optimizer steps of the student',
    y: { label: isTraining ? 'right' : 'pass@1', domain: [0, 1], isShare: true },
    legend: [
      ...(arms.length === 1
        ? [{ label: arms[0]!.title, colour: arms[0]!.colour, mark: 'line' } as const]
        : []),
      ...(drawn.some(({ marked }) => marked.length > 0)
        ? [{ label: 'next stage of the training', colour: 'soft', mark: 'rule' } as const]
        : []),
    ],
    panels: drawn.map(({ title, colour, marked, ...line }) => ({
      title,
      colour,
      marked,
      lines: [{ colour, ...line }],
    })),
    values: valuesOf(drawn),
  });
}

/** Where the trainings of an arm go on to other problems, between two steps; most arms have one such place. */
function stageChanges(units: readonly StudentUnit[]): number[] {
  const changes = units.flatMap(({ training }) =>
    training.flatMap(({ stage }, i) => (i > 0 && stage !== training[i - 1]!.stage ? [i + 0.5] : [])),
  );
  return [...new Set(changes)].slice(0, CHANGES_MAX);
}

/** The means, a column for each arm. */
function valuesOf(arms: readonly { readonly title: string; readonly points: Curve }[]): Values {
  const steps = [...new Set(arms.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  return {
    axis: 'x',
    head: ['Step', ...arms.map(({ title }) => title)],
    rows: steps.map((step) => ({
      at: step,
      cells: [
        String(step),
        ...arms.map(({ points }) => {
          const found = points.find(({ x }) => x === step);
          return found === undefined ? '' : percent(found.y);
        }),
      ],
    })),
  };
}
