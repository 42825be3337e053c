/**
 * How long a run waits for a service that is away.
 *
 * A full queue (`Overloaded`) is asked again when it says. Services are restarted, moved and upgraded while a run goes on,
 * so UNAVAILABLE is met with waiting, within a bound: a stretch of silence of at most `unavailableMs`, and at most
 * ATTEMPTS_MAX attempts in all. Everything else is the answer and is thrown as it is. Calls that are repeated carry
 * client-given ids, so repeating them makes nothing twice.
 */
import { Overloaded, type Reason, UserError } from '@soar/core';
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 5_000;
const ATTEMPTS_MAX = 10_000;

export interface RetryOptions {
  /** What is called, for messages: "trainer at 127.0.0.1:7102". */
  readonly service: string;
  /** Longest stretch without an answer, in ms. */
  readonly unavailableMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Reasons that count as being away. Default: UNAVAILABLE. */
  readonly away?: readonly Reason[];
}

/** Waiting with a bound; `heard` resets it. */
export class RetryPolicy {
  private silentSince: number | undefined;
  private waitMs = FIRST_WAIT_MS;
  private attempts = 0;

  constructor(private readonly options: RetryOptions) {}

  /** The service answered: the next silence is measured from its own beginning. */
  heard(): void {
    this.silentSince = undefined;
    this.waitMs = FIRST_WAIT_MS;
  }

  /** Waits before another attempt, or throws: `error` itself, or UNAVAILABLE when the retries is at its end. */
  async wait(error: unknown): Promise<void> {
    const { service, unavailableMs, signal, away = ['UNAVAILABLE'] } = this.options;
    signal.throwIfAborted();
    if (error instanceof Overloaded && this.attempts < ATTEMPTS_MAX) {
      this.attempts++;
      this.heard(); // a full queue is an answer
      return pause(Math.max(error.retryAfterMs, FIRST_WAIT_MS), signal);
    }
    if (!(error instanceof UserError) || !away.includes(error.reason)) throw error;
    const now = performance.now();
    this.silentSince ??= now;
    this.attempts++;
    if (now - this.silentSince >= unavailableMs || this.attempts >= ATTEMPTS_MAX) {
      throw new UserError(
        `${service}: no answer for ${Math.round((now - this.silentSince) / 1000)} s (${error.message}). ` +
          'Start it again, then resume the run: it goes on where it was',
        'UNAVAILABLE',
        service,
        { cause: error },
      );
    }
    await pause(this.waitMs, signal);
    this.waitMs = Math.min(2 * this.waitMs, WAIT_MS_MAX);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** `call`, repeated while its service is away. */
export async function withRetries<T>(options: RetryOptions, call: () => Promise<T>): Promise<T> {
  const retries = new RetryPolicy(options);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await retries.wait(error);
    }
  }
}
