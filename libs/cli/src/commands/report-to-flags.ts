/** `--report-to` of commands that follow a run: the trackers that it is reported to as it goes. */
import type { Run } from '@soar/contracts';
import { RunState } from '@soar/contracts';
import { LiveReport } from '@soar/trackers';
import { type Command, InvalidArgumentError } from 'commander';
import type { Progress } from '../progress.js';
import {
  destinations,
  EXPERIMENT,
  type TrackerName,
  TRACKERS,
  TRACKERS_FOLDER,
  type TrackerSettings,
} from '../trackers/destinations.js';

export interface ReportToFlags {
  readonly reportTo?: readonly TrackerName[];
  readonly trackers: string;
  readonly trackingUri?: string;
  readonly experiment?: string;
  readonly python?: string;
}

export function addReportToFlags(command: Command): Command {
  command
    .option(
      '--report-to <names>',
      `trackers to report to as the run goes: ${TRACKERS.join(',')}`,
      trackerNames,
    )
    .option('--trackers <dir>', 'folder of tensorboard, jsonl and wandb', TRACKERS_FOLDER);
  return addServerFlags(command);
}

export function addServerFlags(command: Command): Command {
  return command
    .option('--tracking-uri <url>', 'MLflow server (default: MLFLOW_TRACKING_URI)')
    .option('--experiment <name>', `experiment of MLflow, made if missing (default: ${EXPERIMENT})`)
    .option('--python <path>', 'Python with soar-rl[wandb], for wandb (default: SOAR_PYTHON, or python3)');
}

/** The trackers that the flags name, checked before any work. What fails later is a warning. Throws UserError. */
export async function openReport(flags: ReportToFlags, progress: Progress): Promise<LiveReport | undefined> {
  const { reportTo: names = [] } = flags;
  return names.length === 0 ? undefined : liveReport(names, { ...flags, folder: flags.trackers }, progress);
}

export async function liveReport(
  names: readonly TrackerName[],
  settings: TrackerSettings,
  progress: Progress,
): Promise<LiveReport> {
  const warn = (tracker: string, text: string): void => {
    progress.event({ event: 'warning', tracker, text });
    progress.line(`warning: --report-to ${tracker}: ${text}`);
  };
  return new LiveReport(await destinations(names, settings), warn);
}

const ENDINGS = {
  [RunState.SUCCEEDED]: 'succeeded',
  [RunState.FAILED]: 'failed',
  [RunState.CANCELLED]: 'cancelled',
} as const;

/** After a run has ended. Resolves with lines for the user: what is where. */
export async function endReport(
  live: LiveReport | undefined,
  { state, report }: Run,
  progress: Progress,
): Promise<string[]> {
  if (live === undefined || report === undefined) return [];
  const ending = ENDINGS[state as keyof typeof ENDINGS] ?? 'open';
  const reported = await live.end(ending, report);
  return reported.map(([tracker, { place, what, data }]) => {
    progress.event({ event: 'exported', tracker, path: place, ...data });
    return `${place}  ${what}`;
  });
}

function trackerNames(text: string): TrackerName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !TRACKERS.some((tracker) => tracker === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `Expected one or more of ${TRACKERS.join(', ')}, with commas between them, got ${JSON.stringify(unknown)}.`,
    );
  return [...new Set(names)] as TrackerName[];
}
