/**
 * Follows a resource on a coordinator to its end. The stream is opened again when its deadline passes, and when the
 * coordinator is away for a moment (restarted, replaced); what it says is only shown: the resource belongs to the
 * coordinator, and work proceeds when nobody watches. What the events are: watch-run.ts, compare/watch-comparison.ts.
 */
import { RunState } from '@soar/contracts';
import { Retries, type RetryPolicy, UserError } from '@soar/core';
import type { Progress } from './progress.js';

const WATCH_DEADLINE_MS = 3_600_000;
/** A coordinator that is silent for a minute is not coming back by itself. */
const REOPENING: RetryPolicy = {
  attemptsMax: 10_000,
  silenceMsMax: 60_000,
  firstWaitMs: 1_000,
  waitMsMax: 1_000,
};

/** A resource as far as following it needs to know. */
export interface Resource {
  readonly id: string;
  readonly state: RunState;
  readonly failure: string;
}

export interface Watching<R extends Resource, E> {
  /** "run" or "comparison". */
  readonly noun: string;
  readonly id: string;
  /** Address of the coordinator. */
  readonly address: string;
  readonly open: (options: { deadlineMs: number; signal?: AbortSignal }) => AsyncIterable<E>;
  /** The resource in an event that says how it stands. */
  readonly resourceIn: (event: E) => R | undefined;
  /** Takes every event, heartbeats too. */
  readonly onEvent: (event: E) => Promise<void> | void;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** "RUNNING" of RUN_STATE_RUNNING. */
export function stateName(state: RunState): string {
  return RunState[state] ?? 'UNSPECIFIED';
}

/** Whether a resource in this state moves no more by itself. */
function isEnded(state: RunState): boolean {
  return state === RunState.SUCCEEDED || state === RunState.FAILED || state === RunState.CANCELLED;
}

/**
 * Watches until the resource ends; a paused one is waited for. Resolves with its last state. Rejects with the call's
 * UserError.
 */
export async function watch<R extends Resource, E>(watching: Watching<R, E>): Promise<R> {
  const { noun, id, address, open, resourceIn, onEvent, progress, signal } = watching;
  let last: R | undefined;
  let isAway = false;
  const isKnown = (): boolean => last !== undefined;
  const retries = new Retries({
    ...REOPENING,
    // Before the first answer the address may be wrong: that is said at once.
    isTransient: (error) => isKnown() && error instanceof UserError && error.reason === 'UNAVAILABLE',
    onWait: () => {
      if (!isAway) progress.line(`the coordinator at ${address} is away; waiting for it`);
      isAway = true;
    },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    for (;;) {
      try {
        const options = { deadlineMs: WATCH_DEADLINE_MS, ...(signal === undefined ? {} : { signal }) };
        for await (const event of open(options)) {
          if (isAway) progress.line(`the coordinator at ${address} is back`);
          isAway = false;
          retries.answered();
          const resource = resourceIn(event);
          if (resource?.state === RunState.PAUSED && last?.state !== RunState.PAUSED) {
            progress.line(`${noun} ${id} is paused; "soar ${noun}s resume ${id}" resumes it`);
          }
          last = resource ?? last;
          await onEvent(event);
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

/**
 * Turns how it ended into success, or into the error that the command ends with; `toResume` says how a failed one is
 * resumed.
 */
export function requireSuccess<R extends Resource>(noun: string, resource: R, toResume: string): R {
  const { id, state, failure } = resource;
  if (state === RunState.SUCCEEDED) return resource;
  const hint =
    state === RunState.FAILED ? `; its journal is kept: remove the cause and ${toResume} to resume it` : '';
  const why = failure === '' ? '' : `: ${failure}`;
  throw new UserError(`${noun} ${id} is ${stateName(state)}${why}${hint}`, 'UNAVAILABLE', id);
}
