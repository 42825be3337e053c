/** A counting semaphore: at most so many pieces of work run at a time; the others wait, first come, first served. */
import { invariant } from './errors.js';

export class Semaphore {
  private readonly waiting: (() => void)[] = [];
  private free: number;

  /** `permits`: how many pieces of work may run at a time. */
  constructor(permits: number) {
    invariant(permits >= 1, () => `Semaphore: expected at least 1 permit, got ${permits}`);
    this.free = permits;
  }

  /** Runs `work` under a permit, which is released however the work ends. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await work();
    } finally {
      // The permit goes straight to the first in line: a newcomer cannot overtake it.
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
