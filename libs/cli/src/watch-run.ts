/** Follows a run on a coordinator to its end and shows it as progress. */
import {
  messageToJson,
  WatchRunResponseSchema,
  type CoordinatorService,
  type Run,
  type WatchRunResponse,
} from '@soar/contracts';
import type { Client } from '@soar/grpc-kit';
import type { LiveReport } from '@soar/trackers';
import type { Progress } from './progress.js';
import { describeArm, describeStep } from './step-line.js';
import { followArms } from './trackers/arm-trainings.js';
import { watch } from './watch.js';

export type CoordinatorClient = Client<typeof CoordinatorService>;

/** Where a run is reported to besides the terminal. */
export interface Reporting {
  readonly live: LiveReport | undefined;
  /** Addresses of its trainers, separated by commas, where they are known: the trainings of arms are then followed. */
  readonly trainers?: string;
}

/**
 * Watches until the run ends; a paused one is waited for. Resolves with its last state. Rejects with the call's
 * UserError.
 */
export async function watchRun(
  coordinator: CoordinatorClient,
  id: string,
  progress: Progress,
  signal?: AbortSignal,
  { live, trainers }: Reporting = { live: undefined },
): Promise<Run> {
  const said = new Set<string>();
  const over = new AbortController();
  const following =
    live === undefined || trainers === undefined
      ? undefined
      : followArms(trainers, id, (arm, steps) => live.training(arm, steps), over.signal);
  try {
    return await watch<Run, WatchRunResponse>({
      noun: 'run',
      id,
      address: coordinator.address,
      open: (options) => coordinator.watchRun({ id }, options),
      resourceIn: ({ run }) => run,
      onEvent: async (event) => {
        if (live !== undefined) {
          if (!live.hasBegun && isNews(event)) await tellReport(coordinator, id, live, signal);
          tell(event, live);
        }
        showEvent(event, progress, said);
      },
      progress,
      signal,
    });
  } catch (error) {
    await live?.leave();
    throw error;
  } finally {
    over.abort();
    await following;
  }
}

/** The stream began before the run's configuration was resolved: its report has it now. */
async function tellReport(
  coordinator: CoordinatorClient,
  id: string,
  live: LiveReport,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { run } = await coordinator.getRun({ id }, { ...(signal && { signal }) });
  if (run?.report !== undefined) live.report(run.report);
}

/** All but a heartbeat. */
function isNews({ run, step, arm, progress }: WatchRunResponse): boolean {
  return run !== undefined || step !== undefined || arm !== undefined || progress !== undefined;
}

function tell({ run, step, arm }: WatchRunResponse, live: LiveReport): void {
  if (run?.report !== undefined) live.report(run.report);
  if (step !== undefined) live.step(step);
  if (arm !== undefined) live.arm(arm);
}

/** Shows one event; `said` holds the lines already printed: a reopened stream starts with the current state. */
function showEvent(event: WatchRunResponse, progress: Progress, said: Set<string>): void {
  if (!isNews(event)) return;
  const { step, arm, progress: part } = event;
  progress.event(messageToJson(WatchRunResponseSchema, event));
  const sayOnce = (text: string): void => {
    if (!said.has(text)) progress.line(text);
    said.add(text);
  };
  if (step !== undefined) sayOnce(describeStep(step));
  if (arm !== undefined) sayOnce(describeArm(arm));
  if (part !== undefined) progress.update(part);
}
