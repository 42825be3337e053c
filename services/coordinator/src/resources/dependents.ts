/**
 * Resources that another one works through: the runs of a comparison's teachers, the comparisons of a sweep. They are
 * paused, resumed and cancelled along with it.
 */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';

/** The resources of one kind, as far as another one steers them. */
export interface Dependents {
  /** Undefined when there is none with this id. */
  stateOf(id: string): Promise<RunState | undefined>;
  pause(id: string): Promise<unknown>;
  resume(id: string, allowVersionChange: boolean, signal: AbortSignal): Promise<unknown>;
  cancel(id: string): Promise<unknown>;
}

/** Pauses those that are RUNNING. */
export function pauseAll(resources: Dependents, ids: readonly string[]): Promise<void> {
  return each(resources, ids, [RunState.RUNNING], (id) => resources.pause(id));
}

/**
 * Resumes those that are PAUSED or have FAILED. With `allowVersionChange` also those that a coordinator has just
 * started and may be about to refuse.
 */
export function resumeAll(
  resources: Dependents,
  ids: readonly string[],
  allowVersionChange: boolean,
  signal: AbortSignal,
): Promise<void> {
  const states = [RunState.PAUSED, RunState.FAILED, ...(allowVersionChange ? [RunState.RUNNING] : [])];
  return each(resources, ids, states, (id) => resources.resume(id, allowVersionChange, signal));
}

/** Cancels those that are not in a final state. */
export function cancelAll(resources: Dependents, ids: readonly string[]): Promise<void> {
  return each(resources, ids, [RunState.RUNNING, RunState.PAUSED, RunState.FAILED], (id) =>
    resources.cancel(id),
  );
}

async function each(
  resources: Dependents,
  ids: readonly string[],
  states: readonly RunState[],
  act: (id: string) => Promise<unknown>,
): Promise<void> {
  for (const id of ids) {
    const state = await resources.stateOf(id);
    if (state === undefined || !states.includes(state)) continue;
    try {
      await act(id);
    } catch (error) {
      // It has ended in between, which is just as good.
      if (!(error instanceof UserError && error.reason === 'FAILED_PRECONDITION')) throw error;
    }
  }
}
