/** How a run was made: its inputs, times, versions and configuration. Pure. */
import { type RunReport, runConfigToJson, type Timestamp, timestampDate } from '@soar/contracts';
import { figures } from '../figure.js';
import { barFigure } from '../figures/bars.js';
import { type Html, joined, markup, NOTHING } from '../html.js';
import { count, duration, isNumber } from '../numbers.js';
import { armColour, armTitle } from '../palette.js';
import { folded, json, paragraphs } from '../page.js';
import { facts } from '../table.js';

/** Time that workers spent, added up: not a part of the run beside the others. */
const WORKERS = 'student-workers';

export function timing({ timing: times, steps }: RunReport): Html {
  const seconds = Object.entries(times?.seconds ?? {}).filter(([, value]) => isNumber(value) && value >= 0);
  const parts = seconds.filter(([name]) => name !== WORKERS).sort(([, a], [, b]) => b - a);
  const [start, end] = [dateOf(times?.startTime), dateOf(times?.endTime)];
  const whole =
    start === undefined || end === undefined ? undefined : (end.getTime() - start.getTime()) / 1000;
  const workers = times?.seconds[WORKERS];
  const tokens = steps.reduce((sum, { studentTokens }) => sum + studentTokens, 0n);
  const when = facts([
    ...(start === undefined ? [] : [['Created', start.toISOString()] as const]),
    ...(end === undefined ? [] : [['Ended', end.toISOString()] as const]),
    ...(whole === undefined ? [] : [['From creation to end', duration(whole)] as const]),
    ...(workers === undefined ? [] : [['Workers on students, added up', duration(workers)] as const]),
    ...(tokens === 0n ? [] : [['Tokens sampled by students', count(tokens)] as const]),
  ]);
  const drawn = figures(
    barFigure({
      name: 'timing',
      title: 'Wall time by part of the run',
      caption: 'Seconds. Arms run side by side, so their parts overlap.',
      x: 'seconds',
      head: ['Part', 'Time'],
      bars: parts.map(([name, value]) => ({
        label: armTitle(name),
        value,
        text: duration(value),
        colour: ['outer-steps', 'evaluation'].includes(name) ? 'grey' : armColour(name),
      })),
    }),
  );
  return joined(when, drawn);
}

export function origin(report: RunReport): Html {
  const { config, base, versions, fork } = report;
  const made = facts([
    ['Run', report.runId],
    ...(config === undefined
      ? []
      : ([
          ['Domain', config.domain],
          ['Seed', String(config.seed)],
          ['Outer steps', `${report.steps.length} of ${config.outerSteps}`],
        ] as const)),
    ['Hard problems to train on', count(report.trainProblems)],
    ['Held-out problems', count(report.testProblems)],
    ...(base === undefined
      ? []
      : ([
          ['Base model', markup`<code>${base.key}</code>`],
          ['Base model, SHA-256', markup`<code>${base.sha256.slice(0, 12)}</code>`],
        ] as const)),
    ...(fork === undefined ? [] : [['Fork of', `${fork.runId}, from step ${fork.fromStep}`] as const]),
    ...(versions === undefined
      ? []
      : ([
          ['SOAR', versions.soar],
          ['Node.js', versions.node],
          ['Platform', versions.platform],
        ] as const)),
  ]);
  const how = paragraphs(
    'Every figure is drawn from report.json beside this page. Equal configurations, models and problems give equal ' +
      'reports on one type of processor, but for the times.',
  );
  return joined(
    made,
    how,
    config === undefined ? NOTHING : folded('Configuration', json(runConfigToJson(config))),
  );
}

/** Undefined for a time that no date can be. */
function dateOf(time: Timestamp | undefined): Date | undefined {
  const date = time === undefined ? undefined : timestampDate(time);
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
