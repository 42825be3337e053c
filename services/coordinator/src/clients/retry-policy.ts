/**
 * How long a run waits for a service that is away.
 *
 * Services are restarted, moved and upgraded while a run goes on, so silence is met with waiting, within a bound; a
 * full queue is asked again when it says. Calls that are repeated carry client-given ids, so repeating them makes
 * nothing twice.
 */
import { messageOf, type Reason, type RetryPolicy, UserError } from '@soar/core';

const ATTEMPTS_MAX = 10_000;
const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 5_000;

/** What a quick call meets when its service is away: a stopped process keeps its connection for a while. */
export const AWAY_QUICK: readonly Reason[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED'];

export interface ServiceCalling {
  /** What is called, for messages: "trainer at 127.0.0.1:7102". */
  readonly service: string;
  /** Longest stretch without an answer, in ms. */
  readonly unavailableMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Reasons that count as being away. Default: UNAVAILABLE. */
  readonly away?: readonly Reason[];
}

export function retryPolicy({
  service,
  unavailableMs,
  signal,
  away = ['UNAVAILABLE'],
}: ServiceCalling): RetryPolicy {
  return {
    attemptsMax: ATTEMPTS_MAX,
    silenceMsMax: unavailableMs,
    firstWaitMs: FIRST_WAIT_MS,
    waitMsMax: WAIT_MS_MAX,
    signal,
    isTransient: (error) => error instanceof UserError && away.includes(error.reason),
    exhausted: (error, silentMs) =>
      new UserError(
        `${service}: no answer for ${Math.round(silentMs / 1000)} s (${messageOf(error)}). ` +
          'Start it again, then resume the run: it continues where it was',
        'UNAVAILABLE',
        service,
        { cause: error },
      ),
  };
}
