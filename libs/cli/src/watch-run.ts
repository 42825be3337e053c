/**
 * Follows a run on a coordinator to its end and shows it as progress. The stream is opened again when its deadline
 * passes, and when the coordinator is away for a moment (restarted, replaced); what it says is only shown: the run
 * itself belongs to the coordinator and goes on when nobody watches.
 */
import {
  messageToJson,
  RunState,
  WatchRunResponseSchema,
  type CoordinatorService,
  type Run,
  type WatchRunResponse,
} from '@soar/contracts';
import { Retries, type RetryPolicy, UserError } from '@soar/core';
import type { Client } from '@soar/grpc-kit';
import type { Progress } from './progress.js';
import { describeArm, describeStep } from './step-line.js';

export type CoordinatorClient = Client<typeof CoordinatorService>;

const WATCH_DEADLINE_MS = 3_600_000;
/** A coordinator that is silent for a minute is not coming back by itself. */
const REOPENING: RetryPolicy = {
  attemptsMax: 10_000,
  silenceMsMax: 60_000,
  firstWaitMs: 1_000,
  waitMsMax: 1_000,
};

/** "RUNNING" of RUN_STATE_RUNNING. */
export function stateName(state: RunState): string {
  return RunState[state] ?? 'UNSPECIFIED';
}

/** Whether a run in this state moves no more by itself. */
function isEnded(state: RunState): boolean {
  return state === RunState.SUCCEEDED || state === RunState.FAILED || state === RunState.CANCELLED;
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
): Promise<Run> {
  let last: Run | undefined;
  let isAway = false;
  const said = new Set<string>();
  const retries = new Retries({
    ...REOPENING,
    // Before the first answer the address may be wrong: that is said at once.
    isTransient: (error) =>
      last !== undefined && error instanceof UserError && error.reason === 'UNAVAILABLE',
    onWait: () => {
      if (!isAway) progress.line(`the coordinator at ${coordinator.address} is away; waiting for it`);
      isAway = true;
    },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    for (;;) {
      try {
        const options = { deadlineMs: WATCH_DEADLINE_MS, ...(signal === undefined ? {} : { signal }) };
        for await (const event of coordinator.watchRun({ id }, options)) {
          if (isAway) progress.line(`the coordinator at ${coordinator.address} is back`);
          isAway = false;
          retries.answered();
          const state = event.run?.state;
          if (state === RunState.PAUSED && last?.state !== state) {
            progress.line(`run ${id} is paused; "soar runs resume ${id}" goes on`);
          }
          last = event.run ?? last;
          showEvent(event, progress, said);
        }
      } catch (error) {
        // A stream that has lasted as long as it may is opened again at once.
        if (!(error instanceof UserError && error.reason === 'DEADLINE_EXCEEDED')) await retries.wait(error);
      }
      if (last !== undefined && isEnded(last.state)) return last;
    }
  } finally {
    progress.clear();
  }
}

/** Shows one event; `said` holds what has been printed, as a stream that is opened again starts from the present. */
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

/**
 * Turns how a run ended into success, or into the error that the command ends with; `toGoOn` says how a failed one goes
 * on.
 */
export function requireSuccess(run: Run, toGoOn: string): Run {
  if (run.state === RunState.SUCCEEDED) return run;
  const hint =
    run.state === RunState.FAILED ? `; its journal is kept: mend the cause and ${toGoOn} to go on` : '';
  const why = run.failure === '' ? '' : `: ${run.failure}`;
  throw new UserError(`run ${run.id} is ${stateName(run.state)}${why}${hint}`, 'UNAVAILABLE', run.id);
}
