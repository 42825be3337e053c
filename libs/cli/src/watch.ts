/**
 * Follows a resource on a coordinator to its end. The stream is opened again when its deadline passes and when the
 * coordinator is unavailable for a short time (restarted, replaced). Events are only shown: the coordinator owns the
 * resource, and the work proceeds without watchers. For the events see watch-run.ts and compare/watch-comparison.ts.
 */
import { RunState } from '@soar/contracts';
import { Retries, type RetryPolicy, UserError } from '@soar/core';
import type { Progress } from './progress.js';

const WATCH_DEADLINE_MS = 3_600_000;
/** A coordinator that is unavailable for a minute is given up. */
const REOPENING: RetryPolicy = {
  attemptsMax: 10_000,
  silenceMsMax: 60_000,
  firstWaitMs: 1_000,
  waitMsMax: 1_000,
};

/** The fields of a resource that watching needs. */
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
  /** The resource in an event that carries its state. */
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

/** Whether a resource in this state no longer changes by itself. */
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
  let isUnavailable = false;
  const isKnown = (): boolean => last !== undefined;
  const retries = new Retries({
    ...REOPENING,
    // Before the first answer the address may be wrong: this is an error at once.
    isTransient: (error) => isKnown() && error instanceof UserError && error.reason === 'UNAVAILABLE',
    onWait: () => {
      if (!isUnavailable) progress.line(`the coordinator at ${address} is unavailable; waiting for it`);
      isUnavailable = true;
    },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    for (;;) {
      try {
        const options = { deadlineMs: WATCH_DEADLINE_MS, ...(signal === undefined ? {} : { signal }) };
        for await (const event of open(options)) {
          if (isUnavailable) progress.line(`the coordinator at ${address} is available again`);
          isUnavailable = false;
          retries.answered();
          const resource = resourceIn(event);
          if (resource?.state === RunState.PAUSED && last?.state !== RunState.PAUSED) {
            progress.line(`${noun} ${id} is paused; "soar ${noun}s resume ${id}" resumes it`);
          }
          last = resource ?? last;
          await onEvent(event);
        }
      } catch (error) {
        // A stream that reached its deadline is opened again at once.
        if (!(error instanceof UserError && error.reason === 'DEADLINE_EXCEEDED')) await retries.wait(error);
      }
      if (last !== undefined && isEnded(last.state)) return last;
    }
  } finally {
    progress.clear();
  }
}

/**
 * Returns a resource that succeeded, and throws the command's error otherwise. `toResume` says how to resume a failed
 * one.
 */
export function requireSuccess<R extends Resource>(noun: string, resource: R, toResume: string): R {
  const { id, state, failure } = resource;
  if (state === RunState.SUCCEEDED) return resource;
  const hint =
    state === RunState.FAILED ? `; its journal is kept: remove the cause and ${toResume} to resume it` : '';
  const why = failure === '' ? '' : `: ${failure}`;
  throw new UserError(`${noun} ${id} is ${stateName(state)}${why}${hint}`, 'UNAVAILABLE', id);
}
