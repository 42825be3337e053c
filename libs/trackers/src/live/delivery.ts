/**
 * Delivers records to one tracker beside the work: the work never waits for it, and none of its failures ends it. What
 * a server that is away misses is kept and sent when it answers again; any other failure gives the tracker up.
 */
import { type Clock, messageOf, systemClock, UserError } from '@soar/core';
import type { Dated, RunRecord } from '../records/record.js';
import type { Ending, OpenTracker, Reported, Tracker } from '../tracker.js';

/** Records that wait for a tracker; one that is further behind is given up: a report has them all afterwards. */
const WAITING_MAX = 500_000;
/** Records in one write. */
const BATCH_MAX = 5_000;
/** Until a server that was away is tried again. */
const AGAIN_MS = 15_000;

export interface Destination {
  readonly name: string;
  readonly open: OpenTracker;
}

export class Delivery {
  readonly name: string;
  private waiting: Dated[] = [];
  private tracker: Tracker | undefined;
  private working: Promise<void> | undefined;
  /** Ends the wait for a server that is away. */
  private waits = new AbortController();
  private isAway = false;
  private isGivenUp = false;
  private readonly stopping = new AbortController();

  constructor(
    private readonly destination: Destination,
    private readonly head: RunRecord,
    private readonly warn: (text: string) => void,
    private readonly clock: Clock = systemClock,
  ) {
    this.name = destination.name;
  }

  offer(items: readonly Dated[]): void {
    if (this.isGivenUp || items.length === 0) return;
    if (this.waiting.length + items.length > WAITING_MAX)
      return this.giveUp(`more than ${WAITING_MAX} records wait for it`);
    for (const item of items) this.waiting.push(item);
    if (!this.isAway) this.start();
  }

  /** Writes what waits and closes the tracker, within a time. Undefined where it failed, which is said. */
  async finish(ending: Ending, timeoutMs: number): Promise<Reported | undefined> {
    this.waits.abort();
    const late = setTimeout(() => this.stopping.abort(), timeoutMs);
    try {
      // Twice: what is under way may be an attempt that fails.
      for (let attempt = 0; attempt < 2 && this.hasWork(); attempt++) {
        this.start();
        await this.working;
      }
      if (this.isGivenUp) return undefined;
      if (this.hasWork()) this.giveUp('what was left could not be sent');
      return this.isGivenUp ? undefined : await this.tracker!.close(ending);
    } catch (error) {
      this.giveUp(messageOf(error));
      return undefined;
    } finally {
      clearTimeout(late);
      this.waits.abort();
    }
  }

  private hasWork(): boolean {
    return (
      !this.isGivenUp && (this.waiting.length > 0 || this.tracker === undefined || this.working !== undefined)
    );
  }

  private start(): void {
    if (this.isGivenUp) return;
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    try {
      this.tracker ??= await this.destination.open(this.head, this.stopping.signal);
      while (this.waiting.length > 0) {
        const batch = this.waiting.slice(0, BATCH_MAX);
        await this.tracker.write(batch);
        this.waiting.splice(0, batch.length);
        if (this.isAway) this.warn('it answers again');
        this.isAway = false;
      }
    } catch (error) {
      if (isTransient(error) && !this.stopping.signal.aborted) this.waitForIt(messageOf(error));
      else this.giveUp(messageOf(error));
    }
  }

  private waitForIt(why: string): void {
    if (!this.isAway) this.warn(`${why}; the run continues, and what it misses is sent when it answers`);
    this.isAway = true;
    this.waits = new AbortController();
    this.clock.sleep(AGAIN_MS, this.waits.signal).then(
      () => this.start(),
      () => undefined, // it is finished or given up meanwhile
    );
  }

  private giveUp(why: string): void {
    if (this.isGivenUp) return;
    this.isGivenUp = true;
    this.waiting = [];
    this.waits.abort();
    this.warn(
      `${why}; the run continues without it, and ` +
        `"soar runs export ${this.head.run} --to ${this.name} --follow" adds what is missing`,
    );
  }
}

function isTransient(error: unknown): boolean {
  return (
    error instanceof UserError &&
    (error.reason === 'UNAVAILABLE' ||
      error.reason === 'DEADLINE_EXCEEDED' ||
      error.reason === 'RESOURCE_EXHAUSTED')
  );
}
