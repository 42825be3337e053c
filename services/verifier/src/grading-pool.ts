/**
 * Shares grading processes out among requests.
 *
 * `workers` processes work at a time, one more stands ready. A process that is stuck on an item does not count as
 * working, so that the others' requests go on while its time runs out; up to STUCK_MAX are replaced in that way.
 * Requests take turns, chunk by chunk. What waits is bounded; beyond that `Overloaded` is thrown.
 */
import { messageOf, Overloaded, UserError } from '@soar/core';
import type { Log } from '@soar/telemetry';
import { Grader, GRADER_LIMITS, type GraderLimits } from './grader.js';
import { GradingRequest, type Piece } from './grading-request.js';
import type { Item, Results, Task } from './grading.js';

export interface PoolOptions {
  /** Processes that work at a time. */
  readonly workers: number;
  /** Most items that wait or are graded. Default 100,000: ten of the largest batches. */
  readonly itemsMax?: number;
  /** Most text of them, in UTF-16 units. Default 64 Mi. */
  readonly charsMax?: number;
  /** Module with `domainNamed`, for the grading processes. Default @soar/domains. */
  readonly domainsModule?: string;
  readonly limits?: Partial<GraderLimits>;
  readonly log?: Log;
}

/** Stuck processes that are replaced at a time, beside the one that stands ready. */
const STUCK_MAX = 3;
/** Starts that may fail in a row before what waits is given up. */
const START_FAILURES_MAX = 3;
/** What a process grades in a second, for the advice in `Overloaded`; measured 30,000 to 100,000. */
const ITEMS_PER_SECOND = 10_000;
const RETRY_AFTER_MS_MIN = 100;

interface Waiting {
  readonly request: GradingRequest;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GradingPool {
  private readonly limits: GraderLimits;
  private readonly itemsMax: number;
  private readonly charsMax: number;
  private readonly idle: Grader[] = [];
  private readonly busy = new Set<Grader>();
  private starting = 0;
  private startFailures = 0;
  /** In turn: the first is next. */
  private requests: Waiting[] = [];
  private items = 0;
  private chars = 0;
  private isClosed = false;

  constructor(private readonly options: PoolOptions) {
    this.limits = { ...GRADER_LIMITS, ...options.limits };
    this.itemsMax = options.itemsMax ?? 100_000;
    this.charsMax = options.charsMax ?? 64 << 20;
  }

  /** Starts the processes and waits for one of them. Throws UserError when they do not start. */
  async start(): Promise<void> {
    this.idle.push(await Grader.start(this.domainsModule, this.limits).then((grader) => this.adopt(grader)));
    this.pump();
  }

  /**
   * Results of the items, in their order. Rejects with `Overloaded` when the queue is full, and with the signal's
   * reason when it aborts; items that are being graded then end unheard.
   */
  async grade<K extends Task['kind']>(
    task: Extract<Task, { kind: K }>,
    items: readonly Item[],
    signal?: AbortSignal,
  ): Promise<Results[K][]> {
    const chars = items.reduce((sum, { gold, text }) => sum + gold.length + text.length, 0);
    this.admit(items.length, chars);
    const request = new GradingRequest(task, items);
    let abort = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        abort = () => reject(signal?.reason as Error);
        if (signal?.aborted === true) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        this.requests.push({ request, resolve, reject });
        this.pump();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.requests = this.requests.filter((waiting) => waiting.request !== request);
      this.items -= items.length;
      this.chars -= chars;
    }
    return request.results as Results[K][];
  }

  /** Kills the processes; what waits is rejected. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.rejectAll(new UserError('verifier: shutting down', 'UNAVAILABLE'));
    const graders = [...this.idle, ...this.busy];
    for (const grader of graders) grader.kill();
    await Promise.all(graders.map((grader) => grader.gone));
  }

  private get domainsModule(): string {
    return this.options.domainsModule ?? import.meta.resolve('@soar/domains');
  }

  private admit(items: number, chars: number): void {
    if (this.isClosed) throw new UserError('verifier: shutting down', 'UNAVAILABLE');
    // A lone request is always taken: its own size has limits elsewhere.
    const fits = this.items + items <= this.itemsMax && this.chars + chars <= this.charsMax;
    if (this.items > 0 && !fits) {
      const seconds = this.items / (ITEMS_PER_SECOND * this.options.workers);
      throw new Overloaded(
        `verifier: the queue is full: ${this.items} items of at most ${this.itemsMax}; ` +
          'try again later or start more verifiers',
        Math.max(RETRY_AFTER_MS_MIN, Math.round(1000 * seconds)),
      );
    }
    this.items += items;
    this.chars += chars;
  }

  /** Gives work to idle processes and starts those that are missing. Called after every change. */
  private pump(): void {
    if (this.isClosed) return;
    while (this.idle.length > 0 && this.working() < this.options.workers) {
      const next = this.next();
      if (next === undefined) break;
      void this.run(this.idle.shift()!, next.waiting, next.piece);
    }
    const stuck = Math.min(this.busy.size - this.working(), STUCK_MAX);
    const wanted = this.options.workers + 1 + stuck;
    let alive = this.idle.length + this.busy.size + this.starting;
    for (; alive < wanted; alive++) void this.spawn();
    for (; alive > wanted && this.idle.length > 1; alive--) this.idle.pop()!.kill();
  }

  private working(): number {
    let count = 0;
    for (const grader of this.busy) if (!grader.isSuspect) count++;
    return count;
  }

  /** The next piece of the next request that has one; that request goes to the end of the line. */
  private next(): { waiting: Waiting; piece: Piece } | undefined {
    for (const [i, waiting] of this.requests.entries()) {
      const piece = waiting.request.take();
      if (piece === undefined) continue;
      this.requests.splice(i, 1);
      this.requests.push(waiting);
      return { waiting, piece };
    }
    return undefined;
  }

  private async run(grader: Grader, { request, resolve, reject }: Waiting, piece: Piece): Promise<void> {
    this.busy.add(grader);
    let wasSuspect = false;
    const how = await grader.grade(request.task, request.itemsOf(piece), () => {
      wasSuspect = true;
      request.suspect();
      this.pump();
    });
    this.busy.delete(grader);
    if (how.kind === 'graded') this.idle.push(grader);
    try {
      request.end(piece, how, wasSuspect);
      if (request.isDone) resolve();
    } catch (error) {
      reject(error);
    }
    this.pump();
  }

  private async spawn(): Promise<void> {
    this.starting++;
    try {
      const grader = this.adopt(await Grader.start(this.domainsModule, this.limits));
      this.startFailures = 0;
      if (this.isClosed) grader.kill();
      else this.idle.push(grader);
    } catch (error) {
      this.options.log?.(messageOf(error), 'warn');
      if (++this.startFailures >= START_FAILURES_MAX) {
        this.startFailures = 0;
        this.rejectAll(error);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS_MIN));
    } finally {
      this.starting--;
    }
    this.pump();
  }

  /** Takes a process that ends while idle out of the pool. */
  private adopt(grader: Grader): Grader {
    void grader.gone.then(() => {
      const at = this.idle.indexOf(grader);
      if (at >= 0) this.idle.splice(at, 1);
      this.pump();
    });
    return grader;
  }

  private rejectAll(error: unknown): void {
    for (const { reject } of this.requests) reject(error);
  }
}
