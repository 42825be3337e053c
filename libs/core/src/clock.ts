/**
 * Time, for code that waits or has a deadline. No result depends on it. Tests pass their own clock, so that a minute
 * of waiting takes no time.
 */

export interface Clock {
  /** Milliseconds since an arbitrary moment in the past. Monotonic. */
  now(): number;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason if it has aborted or aborts meanwhile. */
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
