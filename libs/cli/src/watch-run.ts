/** Watches a run on a coordinator to its end and shows its progress. */
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
 * Watches until the run ends, also while it is paused. Resolves with its last state. Rejects with the call's UserError.
 */
export function watchRun(
  coordinator: CoordinatorClient,
  id: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<Run> {
  const printed = new Set<string>();
  return watch<Run, WatchRunResponse>({
    noun: 'run',
    id,
    address: coordinator.address,
    open: (options) => coordinator.watchRun({ id }, options),
    resourceIn: ({ run }) => run,
    onEvent: (event) => showEvent(event, progress, printed),
    progress,
    signal,
  });
}

/** Shows one event. `printed`: the lines printed so far, since a reopened stream repeats the current state. */
function showEvent(event: WatchRunResponse, progress: Progress, printed: Set<string>): void {
  const { run, step, arm, progress: part } = event;
  if (run === undefined && step === undefined && arm === undefined && part === undefined) return; // a heartbeat
  progress.event(messageToJson(WatchRunResponseSchema, event));
  const printOnce = (text: string): void => {
    if (!printed.has(text)) progress.line(text);
    printed.add(text);
  };
  if (step !== undefined) printOnce(describeStep(step));
  if (arm !== undefined) printOnce(describeArm(arm));
  if (part !== undefined) progress.update(part);
}
