/** Follows a run on a coordinator to its end: shows it, and reports it to trackers. */
import type { CoordinatorService, Run, WatchRunResponse } from '@soar/contracts';
import type { Client } from '@soar/grpc-kit';
import type { LiveReport } from '@soar/trackers';
import type { Progress } from './progress.js';
import { RunView } from './run-view.js';
import { followArms } from './trackers/arm-trainings.js';
import { watch } from './watch.js';

export type CoordinatorClient = Client<typeof CoordinatorService>;

const READ_DEADLINE_MS = 20_000;

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
  const view = new RunView(id, progress);
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
        if (!isNews(event)) return;
        const told = event.run ?? (await reportFor(event));
        const seconds = told === undefined ? undefined : view.take(told);
        if (told?.report !== undefined) live?.report(told.report);
        if (event.step !== undefined) live?.step(event.step);
        if (event.arm !== undefined) live?.arm(event.arm);
        view.show(event, seconds);
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

  /**
   * The run with its report, where an event needs it: a new step's seconds are in no event, and a stream that began
   * before the run's configuration was resolved does not have it. Best effort: the next event asks again.
   */
  async function reportFor({ step }: WatchRunResponse): Promise<Run | undefined> {
    if (!(step !== undefined && view.isNew(step)) && (live === undefined || live.hasBegun)) return undefined;
    try {
      const options = { deadlineMs: READ_DEADLINE_MS, ...(signal && { signal }) };
      return (await coordinator.getRun({ id }, options)).run;
    } catch {
      return undefined;
    }
  }
}

/** All but a heartbeat. */
function isNews({ run, step, arm, progress }: WatchRunResponse): boolean {
  return run !== undefined || step !== undefined || arm !== undefined || progress !== undefined;
}
