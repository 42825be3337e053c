/**
 * Retry with exponential backoff, bounded in attempts and in the time without an answer.
 *
 * A service that is restarted, moved or upgraded is unavailable for a while, so transient failures are retried with
 * waits that double. `Overloaded` counts as an answer: it names the wait and ends the silence. Every other error is
 * thrown at once. There is no jitter: callers are few, and equal runs wait equally. The call must be safe to repeat.
 */
import { type Clock, systemClock } from './clock.js';
import { Overloaded, UserError } from './errors.js';

export interface RetryPolicy {
  /** Total attempts, the first one included. */
  readonly attemptsMax: number;
  /** Longest time without an answer, in ms. Default: only the attempts are bounded. */
  readonly silenceMsMax?: number;
  /** Wait before the second attempt; each further unanswered attempt doubles it, up to `waitMsMax`. */
  readonly firstWaitMs: number;
  readonly waitMsMax: number;
  /** Whether a failure is transient. Default: a `UserError` with the reason UNAVAILABLE. */
  readonly isTransient?: (error: unknown) => boolean;
  /** The error to throw when a bound is reached. Default: the last transient failure. */
  readonly exhausted?: (error: unknown, silentMs: number) => unknown;
  /** Called before each wait, for logs. */
  readonly onWait?: (error: unknown) => void;
  /** Ends the waiting; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/** The state of one series of attempts, for loops that make progress between failures. Most callers use `retry`. */
export class Retries {
  private readonly clock: Clock;
  private silentSince: number | undefined;
  private waitMs: number;
  private attempts = 0;

  constructor(private readonly policy: RetryPolicy) {
    this.clock = policy.clock ?? systemClock;
    this.waitMs = policy.firstWaitMs;
  }

  /** Call on every answer: it ends the silence and resets the backoff. */
  answered(): void {
    this.silentSince = undefined;
    this.waitMs = this.policy.firstWaitMs;
  }

  /** Waits before the next attempt, or throws: `error` itself, what `exhausted` returns, or the signal's reason. */
  async wait(error: unknown): Promise<void> {
    const { attemptsMax, silenceMsMax = Infinity, firstWaitMs, waitMsMax, signal } = this.policy;
    const { isTransient = isUnavailable, exhausted = () => error, onWait } = this.policy;
    signal?.throwIfAborted();
    this.attempts++;
    if (error instanceof Overloaded) {
      if (this.attempts >= attemptsMax) throw error;
      this.answered();
      onWait?.(error);
      return this.clock.sleep(Math.max(error.retryAfterMs, firstWaitMs), signal);
    }
    if (!isTransient(error)) throw error;
    const now = this.clock.now();
    this.silentSince ??= now;
    const silentMs = now - this.silentSince;
    if (silentMs >= silenceMsMax || this.attempts >= attemptsMax) throw exhausted(error, silentMs);
    onWait?.(error);
    // The last attempt is made when the silence reaches its bound, not later.
    await this.clock.sleep(Math.min(this.waitMs, silenceMsMax - silentMs), signal);
    this.waitMs = Math.min(2 * this.waitMs, waitMsMax);
  }
}

/** Calls `call`, and repeats it by `policy` while it fails with transient errors. */
export async function retry<T>(policy: RetryPolicy, call: () => Promise<T>): Promise<T> {
  const retries = new Retries(policy);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await retries.wait(error);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof UserError && error.reason === 'UNAVAILABLE';
}
