/**
 * The runs that train a comparison's teachers: ordinary runs of the same coordinator, each with its own journal. The
 * comparison creates and watches them, and pauses, resumes and cancels them along with itself
 * (resources/dependents.ts).
 */
import { type CreateRunRequest, type Run, RunState } from '@soar/contracts';
import { type Reason, UserError } from '@soar/core';
import type { Gate } from '../journal/gate.js';
import { pauseAll, resumeAll } from '../resources/dependents.js';
import { isEnded } from '../resources/watch.js';
import type { Runs } from '../runs/runs.js';

/** How often the state of a run without events is read. */
const POLL_MS = 30_000;

export interface TeacherRunOptions {
  readonly runs: Runs;
  /** The comparison's gate: a run that is created while it is closed is paused at once. */
  readonly gate: Gate;
  /** Ends the wait, not the run. */
  readonly signal: AbortSignal;
  /** Whether other builds may continue a run that is found. */
  readonly allowVersionChange: boolean;
  readonly onStepsDone: (done: number) => void;
}

/** Creates the run or finds it, resumes it if it is paused or has failed, and waits until it has SUCCEEDED. */
export async function runToSuccess(
  request: CreateRunRequest,
  { runs, gate, signal, allowVersionChange, onStepsDone }: TeacherRunOptions,
): Promise<Run> {
  const { id } = request;
  const subscriber = runs.feed(id).subscribe(); // before it is created, so that no event is missed
  try {
    const { state: found } = await runs.create(request, signal);
    if (gate.isClosed) await pauseAll(runs, [id]);
    else if (found === RunState.PAUSED || found === RunState.FAILED || allowVersionChange)
      await resumeAll(runs, [id], allowVersionChange, signal);
    let state = await runs.stateOf(id);
    while (!isEnded(state)) {
      const event = await subscriber.next(POLL_MS, signal);
      signal.throwIfAborted();
      if (event?.step !== undefined) onStepsDone(event.step.outerStep + 1);
      if (event === undefined) state = await runs.stateOf(id);
      else if (event.run !== undefined) state = event.run.state;
    }
  } finally {
    subscriber.close();
  }
  const run = await runs.get(id);
  if (run.state === RunState.SUCCEEDED) return run;
  if (run.state === RunState.CANCELLED) {
    const message = `run ${id} was cancelled, and this comparison cannot be finished without it; create another one`;
    throw new UserError(message, 'FAILED_PRECONDITION', id);
  }
  throw new UserError(`run ${id} has failed: ${run.failure}`, run.failureReason as Reason, id);
}
