/** Follows a run on a coordinator to its end and shows it as progress. */
import {
  messageToJson,
  WatchRunResponseSchema,
  type CoordinatorService,
  type Run,
  type WatchRunResponse,
} from '@soar/contracts';
import type { Client } from '@soar/grpc-kit';
import type { Progress } from './progress.js';
import { describeArm, describeStep } from './step-line.js';
import { watch } from './watch.js';

export type CoordinatorClient = Client<typeof CoordinatorService>;

/**
 * Watches until the run ends; a paused one is waited for. Resolves with its last state. Rejects with the call's
 * UserError.
 */
export function watchRun(
  coordinator: CoordinatorClient,
  id: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<Run> {
  const said = new Set<string>();
  return watch<Run, WatchRunResponse>({
    noun: 'run',
    id,
    address: coordinator.address,
    open: (options) => coordinator.watchRun({ id }, options),
    resourceIn: ({ run }) => run,
    onEvent: (event) => showEvent(event, progress, said),
    progress,
    signal,
  });
}

/** Shows one event; `said` holds the lines already printed: a reopened stream starts with the current state. */
function showEvent(event: WatchRunResponse, progress: Progress, said: Set<string>): void {
  const { run, step, arm, progress: part } = event;
  if (run === undefined && step === undefined && arm === undefined && part === undefined) return; // a heartbeat
  progress.event(messageToJson(WatchRunResponseSchema, event));
  const sayOnce = (text: string): void => {
    if (!said.has(text)) progress.line(text);
    said.add(text);
  };
  if (step !== undefined) sayOnce(describeStep(step));
  if (arm !== undefined) sayOnce(describeArm(arm));
  if (part !== undefined) progress.update(part);
}
