/**
 * A virtual clock for a whole process. It stands still while any work is ready, and then jumps to the next timer. So
 * hours of waiting pass in milliseconds, in the same order every time. Nothing in the simulated process may wait for
 * real input or output.
 */
import { syncBuiltinESMExports } from 'node:module';
import promises from 'node:timers/promises';

interface Timer {
  at: number;
  readonly sequence: number;
  readonly run: () => void;
  readonly everyMs: number | undefined;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  sleep: promises.setTimeout,
  dateNow: Date.now,
  performanceNow: performance.now.bind(performance),
};

export class VirtualClock {
  /** Milliseconds since the start of the simulation. */
  now = 0;
  /** Offset of Date.now: a wall clock that can be set forward or back. */
  wallMs = 1_800_000_000_000;
  private readonly timers = new Set<Timer>();
  private sequence = 0;

  /** Replaces the process's clock and timers; `uninstall` restores them. */
  install(): void {
    const add = (run: () => void, ms: number, everyMs?: number): unknown => {
      const timer: Timer = { at: this.now + Math.max(1, ms || 0), sequence: this.sequence++, run, everyMs };
      this.timers.add(timer);
      const handle = {
        timer,
        ref: () => handle,
        unref: () => handle,
        hasRef: () => true,
        refresh: () => {
          timer.at = this.now + Math.max(1, ms || 0);
          this.timers.add(timer);
          return handle;
        },
      };
      return handle;
    };
    const clear = (handle: unknown): void => {
      const timer = (handle as { timer?: Timer } | undefined)?.timer;
      if (timer !== undefined) this.timers.delete(timer);
    };
    const patched = {
      setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
        add(() => run(...args), ms),
      clearTimeout: clear,
      setInterval: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
        add(() => run(...args), ms, Math.max(1, ms)),
      clearInterval: clear,
    };
    Object.assign(globalThis, patched);
    promises.setTimeout = (<T>(ms: number, value: T, options: { signal?: AbortSignal } = {}) =>
      new Promise<T>((resolve, reject) => {
        const { signal } = options;
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const abort = (): void => {
          clear(handle);
          reject(signal!.reason as Error);
        };
        const handle = add(() => {
          signal?.removeEventListener('abort', abort);
          resolve(value);
        }, ms);
        signal?.addEventListener('abort', abort, { once: true });
      })) as typeof promises.setTimeout;
    Date.now = () => Math.floor(this.wallMs + this.now);
    performance.now = () => this.now;
    syncBuiltinESMExports();
  }

  uninstall(): void {
    Object.assign(globalThis, {
      setTimeout: real.setTimeout,
      clearTimeout: real.clearTimeout,
      setInterval: real.setInterval,
      clearInterval: real.clearInterval,
    });
    promises.setTimeout = real.sleep;
    Date.now = real.dateNow;
    performance.now = real.performanceNow;
    syncBuiltinESMExports();
    this.timers.clear();
  }

  /** Advances time until `work` has settled. Rejects if no timer is left, or after `untilMs`. */
  async run<T>(work: Promise<T>, untilMs: number): Promise<T> {
    let over = false;
    const settled = work.finally(() => (over = true));
    settled.catch(() => undefined);
    for (;;) {
      await allPromises();
      if (over) return settled;
      let next: Timer | undefined;
      for (const timer of this.timers)
        if (
          next === undefined ||
          timer.at < next.at ||
          (timer.at === next.at && timer.sequence < next.sequence)
        )
          next = timer;
      if (next === undefined) throw new Error('simulation: deadlock: everything waits and no timer is set');
      if (next.at > untilMs)
        throw new Error(`simulation: not finished after ${untilMs} ms of simulated time`);
      this.now = Math.max(this.now, next.at);
      this.timers.delete(next);
      if (next.everyMs !== undefined) {
        next.at = this.now + next.everyMs;
        this.timers.add(next);
      }
      next.run();
    }
  }
}

/** Resolves when no promise is ready to continue. */
async function allPromises(): Promise<void> {
  await new Promise<void>((resolve) => void real.setImmediate(resolve));
}
