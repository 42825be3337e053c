/**
 * How calls of a run are retried while a service is unavailable.
 *
 * Services are restarted, moved and upgraded during a run, so calls are retried with backoff until a bound. A service
 * whose queue is full names the delay itself. Calls carry client-given ids, so a repeated call makes nothing twice.
 */
import { messageOf, type Reason, type RetryPolicy, UserError } from '@soar/core';
import { ConnectionLost } from '@soar/grpc-kit';

const ATTEMPTS_MAX = 10_000;
const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 5_000;

/** Reasons to retry a quick call: a stopped process keeps its connection open, and the deadline passes. */
export const RETRYABLE_QUICK: readonly Reason[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED'];

export interface RetriedCall {
  /** Name for messages: "trainer at 127.0.0.1:7102". */
  readonly service: string;
  /** Longest time without an answer, in ms. */
  readonly unavailableMs: number;
  /** Cancels the wait. */
  readonly signal: AbortSignal;
  /** Reasons to retry. Default: UNAVAILABLE. */
  readonly retryable?: readonly Reason[];
}

export function retryPolicy({
  service,
  unavailableMs,
  signal,
  retryable = ['UNAVAILABLE'],
}: RetriedCall): RetryPolicy {
  return {
    attemptsMax: ATTEMPTS_MAX,
    silenceMsMax: unavailableMs,
    firstWaitMs: FIRST_WAIT_MS,
    waitMsMax: WAIT_MS_MAX,
    signal,
    isTransient: (error) => error instanceof UserError && retryable.includes(error.reason),
    exhausted: (error, silentMs) =>
      new UserError(
        `${service}: no answer for ${Math.round(silentMs / 1000)} s (${messageOf(error)}). ` +
          (error instanceof ConnectionLost
            ? 'If the system killed it for its memory, give it more of it or fewer --workers. '
            : '') +
          'Start it again, then resume the run: it continues where it stopped',
        'UNAVAILABLE',
        service,
        { cause: error },
      ),
  };
}
