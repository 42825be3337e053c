/**
 * Time, as code sees it that waits or has a deadline. It never decides a result. Tests pass a clock of their own, so
 * that a minute of waiting takes no time.
 */

export interface Clock {
  /** Milliseconds since some moment in the past. Never goes back. */
  now(): number;
  /** Settles after `ms` milliseconds. Rejects with the signal's reason when it aborts, before or meanwhile. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The process's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', abort, { once: true });
    }),
};
