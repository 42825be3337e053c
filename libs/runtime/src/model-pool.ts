/**
 * A pool of workers and the queue before them. A job has a worker for itself until it is over; jobs start in the
 * order of their requests, short ones (a unit of sampling) before long ones (a training). Which worker a job gets has
 * no influence on its result.
 */
import { setMaxListeners } from 'node:events';
import { Overloaded, UserError } from '@soar/core';
import { measure } from '@soar/telemetry';
import { complete, type Completion } from './completions.js';
import { ModelWorker } from './model-worker.js';
import type { ModelSource } from './protocol.js';
import type { ModelLimits, PlannedUnit, RolloutRequest } from './rollout-units.js';
import type { RuntimeSettings } from './settings.js';
import { WorkerThread } from './worker-thread.js';

export interface JobOptions {
  /** Takes the job out of the queue, or ends it at its next call to the worker. */
  readonly signal?: AbortSignal | undefined;
  /** Goes before jobs that are not short. Default false. */
  readonly short?: boolean;
  /** Called when the job gets its worker. */
  readonly onStart?: () => void;
}

/** When a refused job may be retried, in ms. */
const RETRY_AFTER_MS = 1_000;

interface Waiting {
  readonly start: (thread: WorkerThread) => void;
  readonly fail: (error: unknown) => void;
}

export class ModelPool {
  private readonly idle: WorkerThread[] = [];
  private readonly threads: (WorkerThread | undefined)[];
  private readonly short: Waiting[] = [];
  private readonly long: Waiting[] = [];
  private closed = false;

  constructor(readonly settings: RuntimeSettings) {
    this.threads = Array.from({ length: settings.workers });
  }

  /** Jobs that wait for a worker. */
  get queued(): number {
    return this.short.length + this.long.length;
  }

  /** Runs `job` on a worker of its own. Throws what it throws; UNAVAILABLE when its worker dies or the pool closes. */
  async run<T>(job: (worker: ModelWorker) => Promise<T>, options: JobOptions = {}): Promise<T> {
    const thread = await this.acquire(options);
    try {
      options.onStart?.();
      return await job(new ModelWorker(thread, this.settings, options.signal));
    } finally {
      await this.release(thread);
    }
  }

  /** Completions of one model in the order of request.rows; its units are spread over the workers. */
  sample(
    model: ModelSource,
    request: RolloutRequest,
    limits: ModelLimits,
    signal?: AbortSignal,
  ): Promise<Completion[]> {
    return complete(request, limits, this.settings.shapes, (units) => this.runUnits(model, units, signal));
  }

  private async runUnits(
    model: ModelSource,
    units: readonly PlannedUnit[],
    signal: AbortSignal | undefined,
  ): Promise<Completion[][]> {
    const ending = new AbortController();
    const either = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
    setMaxListeners(units.length + 10, either); // every unit that waits listens
    const jobs = units.map((unit) =>
      this.run(
        async (worker) => {
          await worker.load(model);
          return worker.runUnit(model.handle, unit);
        },
        { signal: either, short: true },
      ),
    );
    try {
      return await Promise.all(jobs);
    } catch (error) {
      ending.abort(error); // the other units are no longer needed
      await Promise.allSettled(jobs);
      throw error;
    }
  }

  /** Ends the workers. Jobs that wait fail with UNAVAILABLE. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { fail } of [...this.short.splice(0), ...this.long.splice(0)]) fail(shuttingDown());
    const started = this.threads.filter((thread) => thread !== undefined);
    await Promise.all(started.filter(({ alive }) => alive).map((thread) => thread.close()));
  }

  private acquire({ signal, short = false }: JobOptions): Promise<WorkerThread> {
    signal?.throwIfAborted();
    if (this.closed) throw shuttingDown();
    const thread = this.idleThread();
    if (thread !== undefined) return Promise.resolve(thread);
    if (this.queued >= this.settings.queueMax) {
      const message =
        `${this.queued} jobs wait for a worker, the most allowed; ask again later, ` +
        'or start more trainers';
      throw new Overloaded(message, RETRY_AFTER_MS);
    }
    const queue = short ? this.short : this.long;
    return new Promise<WorkerThread>((resolve, reject) => {
      measure('queueDepth', 1);
      const leave = (): void => {
        measure('queueDepth', -1);
        signal?.removeEventListener('abort', abort);
      };
      const waiting: Waiting = {
        start: (given) => {
          leave();
          resolve(given);
        },
        fail: (error) => {
          leave();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      };
      const abort = (): void => {
        queue.splice(queue.indexOf(waiting), 1);
        waiting.fail(signal!.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      queue.push(waiting);
    });
  }

  /** An idle worker; a new one is started if fewer than settings.workers are alive. */
  private idleThread(): WorkerThread | undefined {
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) if (thread.alive) return thread;
    const free = this.threads.findIndex((thread) => !thread?.alive);
    if (free < 0) return undefined;
    return (this.threads[free] = new WorkerThread(free, this.settings));
  }

  private async release(thread: WorkerThread): Promise<void> {
    if (thread.alive) await thread.call('endJob', {}).catch(() => undefined);
    if (thread.alive) this.idle.push(thread);
    const next = this.short[0] ?? this.long[0];
    if (next === undefined || this.closed) return;
    const free = this.idleThread();
    if (free === undefined) return;
    (this.short.length > 0 ? this.short : this.long).shift();
    next.start(free);
  }
}

function shuttingDown(): UserError {
  return new UserError('the models are shutting down', 'UNAVAILABLE');
}
