/**
 * The one retry with backoff: bounded in attempts and in the time without an answer.
 *
 * A service that is restarted, moved or upgraded is away for a while, so a transient failure is met with waits that
 * double. `Overloaded` is an answer: it says when to come again, and ends the silence. Everything else is thrown as it
 * is. There is no jitter: callers are few, and equal runs wait equally. Whatever is retried must be safe to repeat.
 */
import { type Clock, systemClock } from './clock.js';
import { Overloaded, UserError } from './errors.js';

export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly attemptsMax: number;
  /** Longest time without an answer, in ms. Default: only the attempts are bounded. */
  readonly silenceMsMax?: number;
  /** Wait before the second attempt; each further silent attempt doubles it, up to `waitMsMax`. */
  readonly firstWaitMs: number;
  readonly waitMsMax: number;
  /** Whether a failure may pass by itself. Default: a `UserError` with the reason UNAVAILABLE. */
  readonly isTransient?: (error: unknown) => boolean;
  /** What to throw in place of the last transient failure when the bounds are reached. Default: that failure. */
  readonly exhausted?: (error: unknown, silentMs: number) => unknown;
  /** Called before each wait, to tell somebody. */
  readonly onWait?: (error: unknown) => void;
  /** Ends the waiting; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Default: the process's own. */
  readonly clock?: Clock;
}

/** The state of one series of attempts, for loops of which a part may succeed; most callers want `retry`. */
export class Retries {
  private readonly clock: Clock;
  private silentSince: number | undefined;
  private waitMs: number;
  private attempts = 0;

  constructor(private readonly policy: RetryPolicy) {
    this.clock = policy.clock ?? systemClock;
    this.waitMs = policy.firstWaitMs;
  }

  /** There was an answer: the next silence is measured from its own beginning. */
  answered(): void {
    this.silentSince = undefined;
    this.waitMs = this.policy.firstWaitMs;
  }

  /** Waits before the next attempt, or throws: `error` itself, the policy's last word, or the signal's reason. */
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
    // The last attempt comes when the silence has lasted its longest, not later.
    await this.clock.sleep(Math.min(this.waitMs, silenceMsMax - silentMs), signal);
    this.waitMs = Math.min(2 * this.waitMs, waitMsMax);
  }
}

/** `call`, repeated by `policy` while its failures are transient. */
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
