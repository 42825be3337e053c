/**
 * The runs that train a comparison's teachers: ordinary runs of the same coordinator, which survive by their own
 * journals. The comparison begins them, follows them, and pauses, resumes and cancels them with itself.
 */
import { type CreateRunRequest, type Run, RunState } from '@soar/contracts';
import { type Reason, UserError } from '@soar/core';
import type { Gate } from '../journal/gate.js';
import { isEnded } from '../resources/watch.js';
import type { Runs } from '../runs/runs.js';

/** How often a run is looked at from which nothing is heard. */
const SILENCE_MS_MAX = 30_000;

export interface Following {
  readonly runs: Runs;
  /** Of the comparison: a run that is created while it is shut is paused at once. */
  readonly gate: Gate;
  /** Ends the following, not the run. */
  readonly signal: AbortSignal;
  readonly onStepsDone: (done: number) => void;
}

/** Creates the run or finds it, resumes one that was paused or has failed, and follows it until it has SUCCEEDED. */
export async function succeeded(
  request: CreateRunRequest,
  { runs, gate, signal, onStepsDone }: Following,
): Promise<Run> {
  const { id } = request;
  const follower = runs.feed(id).follow(); // before it is there, so that no event falls between
  try {
    const { state: found } = await runs.create(request, signal);
    if (gate.isShut) await pauseAll(runs, [id]);
    else if (found === RunState.PAUSED || found === RunState.FAILED) await runs.resume(id);
    let state = await runs.stateOf(id);
    while (!isEnded(state)) {
      const event = await follower.next(SILENCE_MS_MAX, signal);
      signal.throwIfAborted();
      if (event?.step !== undefined) onStepsDone(event.step.outerStep + 1);
      if (event === undefined) state = await runs.stateOf(id);
      else if (event.run !== undefined) state = event.run.state;
    }
  } finally {
    follower.close();
  }
  const run = await runs.get(id);
  if (run.state === RunState.SUCCEEDED) return run;
  if (run.state === RunState.CANCELLED) {
    const message = `run ${id} was cancelled, and this comparison cannot be finished without it; create another one`;
    throw new UserError(message, 'FAILED_PRECONDITION', id);
  }
  throw new UserError(`run ${id} has failed: ${run.failure}`, run.failureReason as Reason, id);
}

/** Pauses those of the runs that are RUNNING. */
export function pauseAll(runs: Runs, ids: readonly string[]): Promise<void> {
  return each(runs, ids, [RunState.RUNNING], (id) => runs.pause(id));
}

/** Resumes those that are PAUSED or have FAILED. */
export function resumeAll(runs: Runs, ids: readonly string[]): Promise<void> {
  return each(runs, ids, [RunState.PAUSED, RunState.FAILED], (id) => runs.resume(id));
}

/** Cancels those that have not ended for good. */
export function cancelAll(runs: Runs, ids: readonly string[]): Promise<void> {
  return each(runs, ids, [RunState.RUNNING, RunState.PAUSED, RunState.FAILED], (id) => runs.cancel(id));
}

async function each(
  runs: Runs,
  ids: readonly string[],
  states: readonly RunState[],
  act: (id: string) => Promise<unknown>,
): Promise<void> {
  for (const id of ids) {
    const state = await runs.stateOf(id);
    if (state === undefined || !states.includes(state)) continue;
    try {
      await act(id);
    } catch (error) {
      // It may have ended in between, which is as good.
      if (!(error instanceof UserError && error.reason === 'FAILED_PRECONDITION')) throw error;
    }
  }
}
