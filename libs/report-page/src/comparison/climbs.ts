/** Rewards by stage of a teacher's run: up to its first promotion, to the last one, and after it. Pure. */
import {
  type ArmStage,
  type ComparisonReport,
  type Stage,
  STAGES,
  type TeacherClimb,
} from '@soar/experiments';
import { type IntervalRow, intervalFigure } from '../figures/intervals.js';
import { figures } from '../figure.js';
import { type Html, joined, NOTHING } from '../html.js';
import { decimal, finite, rangeOf } from '../numbers.js';
import { teacherColour } from '../palette.js';
import { notes } from '../page.js';

const TITLES: Readonly<Record<Stage, string>> = {
  beforeFirst: 'to the 1st promotion',
  between: 'to the last',
  afterLast: 'after the last',
};

export function climbs({ teachers }: ComparisonReport): Html {
  const rows = teachers.flatMap(({ teacher, title, stages, climbs: runs }) =>
    STAGES.flatMap((stage): IntervalRow[] => {
      const found = stages[stage];
      if (found === undefined) return [];
      const { reward, ...counts } = found;
      return [
        {
          label: `${title}, ${TITLES[stage]}`,
          colour: teacherColour(teacher),
          value: reward.value,
          interval: reward.interval,
          dots: runs.flatMap(({ stages: its }) => its[stage]?.reward ?? []),
          text: decimal(reward.value),
          cells: [withInterval(reward), ...countsOf(counts)],
        },
      ];
    }),
  );
  const stopped = teachers.flatMap(({ title, climbs: runs }) => runs.flatMap((run) => stopOf(title, run)));
  if (rows.length === 0) return NOTHING;
  const ends = rows.flatMap(({ value, interval, dots = [] }) => [value, ...(interval ?? []), ...dots]);
  return joined(
    figures(
      intervalFigure({
        name: 'stages',
        title: 'Reward by stage of the run',
        caption:
          'Mean reward over the outer steps of a stage, with its 95 % interval over teachers; small points are ' +
          'single teachers. Below 0, students end below the baseline.',
        x: {
          label: 'mean reward R',
          domain: rangeOf(finite(ends), [-0.02, 0.05]),
          tick: (v) => String(+v.toFixed(3)),
        },
        of: 'Teacher and stage',
        head: ['Mean reward', 'Teachers', 'Steps', 'Steps below 0'],
        rows,
      }),
    ),
    stopped.length === 0 ? NOTHING : notes(stopped),
  );
}

function withInterval({ value, interval }: ArmStage['reward']): string {
  return decimal(value) + (interval === undefined ? '' : ` [${interval.map(decimal).join(', ')}]`);
}

function countsOf({ teachers, steps, negative }: Omit<ArmStage, 'reward'>): string[] {
  return [teachers, steps, negative].map(String);
}

function stopOf(title: string, { teacherSeed, stoppedAt }: TeacherClimb): string[] {
  return stoppedAt === undefined
    ? []
    : [
        `${title}, seed ${teacherSeed}: the run was stopped after outer step ${stoppedAt}, as its climb was over.`,
      ];
}
