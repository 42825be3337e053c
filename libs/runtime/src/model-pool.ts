/**
 * A pool of workers and the queue before them. A job has a worker for itself until it is over; jobs start in the
 * order of their requests, short ones (a unit of sampling) before long ones (a training). Which worker a job gets has
 * no influence on its result.
 *
 * The workers share cores, `workers` times `threads` of them. A job takes as many as it has threads, and with them its
 * share of the memory, which its worker keeps while it is idle. A job with more threads than there are cores runs
 * alone.
 */
import { setMaxListeners } from 'node:events';
import { Overloaded, UserError } from '@soar/core';
import type { DecoderConfig } from '@soar/model';
import { attributes, measure, observe } from '@soar/telemetry';
import { complete, type Completion } from './completions.js';
import type { Traffic } from './devices/tensor-memory.js';
import { FrozenModels } from './frozen-models.js';
import { ModelWorker, type JobMemory } from './model-worker.js';
import type { Handle, ModelSource } from './protocol.js';
import { shapesWithin, type PlannedUnit, type RolloutRequest } from './rollout-units.js';
import { coresOf, jobSettings, type Compute, type JobSettings, type RuntimeSettings } from './settings.js';
import { WorkerThread } from './worker-thread.js';

export interface JobOptions {
  /** Takes the job out of the queue, or ends it at its next call to the worker. */
  readonly signal?: AbortSignal | undefined;
  /** How its arithmetic is cut. Default: as the pool's settings say. */
  readonly compute?: Partial<Compute> | undefined;
  /** Goes before jobs that are not short. Default false. */
  readonly short?: boolean;
  /** Called when the job gets its worker. */
  readonly onStart?: () => void;
}

/** When a refused job may be retried, in ms. */
const RETRY_AFTER_MS = 1_000;

/** Requests of fewer rows stay together: samples of a prompt have much in common. */
const SHARED_ROWS_MIN = 64;
/** Workers that write a large model: each has the matrix in memory that it writes, up to four times. */
const WRITERS_MAX = 2;

/** A worker with the cores of its job; while it is idle, those of its last one. */
interface Held {
  readonly thread: WorkerThread;
  readonly cores: number;
}

interface Waiting {
  readonly threads: number;
  readonly start: (held: Held) => void;
  readonly fail: (error: unknown) => void;
}

export class ModelPool {
  /** Least recently used first. */
  private readonly idle: Held[] = [];
  private readonly threads: (WorkerThread | undefined)[] = [];
  private readonly short: Waiting[] = [];
  private readonly long: Waiting[] = [];
  private readonly cores: number;
  private readonly frozen: FrozenModels;
  private coresBusy = 0;
  /** What had crossed the bus of a device when a worker's last job ended. */
  private readonly traffic = new WeakMap<WorkerThread, Traffic>();
  private jobs = 0;
  private closed = false;
  private readonly stopObserving: (() => void)[];

  /** `startThread` starts worker number `index`. */
  constructor(
    readonly settings: RuntimeSettings,
    private readonly startThread = (index: number): WorkerThread => new WorkerThread(index, settings),
  ) {
    this.cores = coresOf(settings);
    this.frozen = new FrozenModels(settings, (handle) => this.forget(handle));
    this.stopObserving = [
      observe('queueDepth', () => [{ value: this.queued }]),
      observe('modelMemory', () => {
        const { memoryHeldBytes: held } = this;
        return [
          { value: held, attributes: { [attributes.memoryState]: 'held' } },
          { value: settings.memoryBytes - held, attributes: { [attributes.memoryState]: 'free' } },
        ];
      }),
    ];
  }

  /** Jobs that wait for a worker. */
  get queued(): number {
    return this.short.length + this.long.length;
  }

  /** Jobs that have a worker. */
  get running(): number {
    return this.jobs;
  }

  /** Of the settings' memory, what shared weights and jobs that run may take: a promise, not what they have taken. */
  get memoryHeldBytes(): number {
    const { memoryBytes } = this.settings;
    const shared = this.frozen.bytes;
    return Math.round(shared + (memoryBytes - shared) * Math.min(1, this.coresBusy / this.cores));
  }

  /** Runs `job` on a worker of its own. Throws what it throws; UNAVAILABLE when its worker dies or the pool closes. */
  async run<T>(job: (worker: ModelWorker) => Promise<T>, options: JobOptions = {}): Promise<T> {
    const held = await this.acquire(jobSettings(this.settings, options.compute), options);
    const frozen: Handle[] = [];
    const settings = (): JobSettings => {
      const memoryBytes = this.settings.memoryBytes - this.frozen.bytes;
      return jobSettings(this.settings, options.compute, memoryBytes);
    };
    const memory: JobMemory = {
      freeze: async (model) => {
        const folder = await this.frozen.acquire(model, (into) => this.writeFrozen(model.folder, into));
        if (folder !== undefined) frozen.push(model.handle);
        return folder;
      },
      share: () => settings().memoryBytesMax,
    };
    try {
      options.onStart?.();
      await held.thread.call('beginJob', settings());
      return await job(new ModelWorker(held.thread, settings(), memory, options.signal));
    } finally {
      this.frozen.release(frozen);
      await this.release(held);
    }
  }

  /** In workers of their own: what they take for a moment goes back to the system with them. */
  private async writeFrozen(source: string, folder: string): Promise<void> {
    const writers = Array.from(
      { length: Math.min(WRITERS_MAX, this.cores) },
      (_, i) => new WorkerThread(this.threads.length + i, this.settings),
    );
    const shares = writers.length;
    try {
      await Promise.all(
        writers.map((writer, share) => writer.call('writeFrozen', { source, folder, share, shares })),
      );
    } finally {
      await Promise.all(writers.map((writer) => writer.close()));
    }
  }

  private async forget(handle: Handle): Promise<void> {
    const alive = this.threads.filter((thread) => thread?.alive === true);
    await Promise.all(alive.map((thread) => thread!.call('forget', { handle }).catch(() => undefined)));
  }

  /** Completions of one model in the order of request.rows; its units are spread over the workers. */
  sample(
    model: ModelSource,
    request: RolloutRequest,
    config: DecoderConfig,
    options: Pick<JobOptions, 'signal' | 'compute'> = {},
  ): Promise<Completion[]> {
    const shapes = shapesWithin(config, request, jobSettings(this.settings, options.compute));
    // Units large enough to be worth it, but not so large that a worker has none.
    const each = Math.max(SHARED_ROWS_MIN, Math.ceil(request.rows.length / this.settings.workers));
    const rolloutRows = shapes.rolloutRows.filter((rows) => rows <= each);
    return complete(request, config, { ...shapes, rolloutRows }, (units) =>
      this.runUnits(model, units, options),
    );
  }

  private async runUnits(
    model: ModelSource,
    units: readonly PlannedUnit[],
    { signal, compute }: Pick<JobOptions, 'signal' | 'compute'>,
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
        { signal: either, compute, short: true },
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
    for (const stop of this.stopObserving.splice(0)) stop();
    for (const { fail } of [...this.short.splice(0), ...this.long.splice(0)]) fail(shuttingDown());
    const started = this.threads.filter((thread) => thread !== undefined);
    await Promise.all(started.filter(({ alive }) => alive).map((thread) => thread.close()));
    this.frozen.close();
  }

  private acquire({ threads }: JobSettings, { signal, short = false }: JobOptions): Promise<Held> {
    signal?.throwIfAborted();
    if (this.closed) throw shuttingDown();
    const waits = this.queued > 0 || !this.hasCores(threads);
    if (waits && this.queued >= this.settings.queueMax) {
      const message =
        `${this.queued} jobs wait for a worker, the most allowed; ask again later, ` +
        'or start more trainers';
      throw new Overloaded(message, RETRY_AFTER_MS);
    }
    const queue = short ? this.short : this.long;
    return new Promise<Held>((resolve, reject) => {
      const leave = (): void => {
        signal?.removeEventListener('abort', abort);
      };
      const waiting: Waiting = {
        threads,
        start: (held) => {
          leave();
          resolve(held);
        },
        fail: (error) => {
          leave();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      };
      const abort = (): void => {
        queue.splice(queue.indexOf(waiting), 1);
        waiting.fail(signal!.reason);
        this.startWaiting(); // what stood behind it may need fewer cores
      };
      signal?.addEventListener('abort', abort, { once: true });
      queue.push(waiting);
      this.startWaiting();
    });
  }

  private hasCores(threads: number): boolean {
    return this.coresBusy === 0 || this.coresBusy + threads <= this.cores;
  }

  /** Starts the jobs at the head of the queue that have the cores they need. */
  private startWaiting(): void {
    for (;;) {
      const queue = this.short.length > 0 ? this.short : this.long;
      const [next] = queue;
      if (next === undefined || this.closed || !this.hasCores(next.threads)) return;
      queue.shift();
      this.coresBusy += next.threads;
      this.jobs++;
      const thread = this.idleThread();
      this.endIdle();
      next.start({ thread, cores: next.threads });
    }
  }

  /** The worker that was used last, or a new one. */
  private idleThread(): WorkerThread {
    for (let held = this.idle.pop(); held; held = this.idle.pop()) if (held.thread.alive) return held.thread;
    const free = this.threads.findIndex((thread) => !thread?.alive);
    const index = free < 0 ? this.threads.length : free;
    return (this.threads[index] = this.startThread(index));
  }

  /** Ends idle workers that keep memory which now belongs to busy ones. */
  private endIdle(): void {
    const coresIdle = (): number => this.idle.reduce((sum, { cores }) => sum + cores, 0);
    while (this.idle.length > 0 && this.coresBusy + coresIdle() > this.cores) {
      void this.idle.shift()!.thread.close();
    }
  }

  /** Adds what has crossed the bus since the worker's last job to the metrics. */
  private async countTraffic(thread: WorkerThread): Promise<void> {
    const before = this.traffic.get(thread) ?? { toDevice: 0, fromDevice: 0 };
    const now = await thread.call('traffic', {}).catch(() => before);
    this.traffic.set(thread, now);
    measure('deviceBytes', now.toDevice - before.toDevice, { [attributes.direction]: 'to' });
    measure('deviceBytes', now.fromDevice - before.fromDevice, { [attributes.direction]: 'from' });
  }

  private async release(held: Held): Promise<void> {
    const { thread, cores } = held;
    if (this.settings.provider === 'webgpu' && thread.alive) await this.countTraffic(thread);
    if (thread.isStarved && thread.alive) await thread.close();
    if (thread.alive) await thread.call('endJob', {}).catch(() => undefined);
    this.coresBusy -= cores;
    this.jobs--;
    if (thread.alive) this.idle.push(held);
    this.startWaiting();
  }
}

function shuttingDown(): UserError {
  return new UserError('the models are shutting down', 'UNAVAILABLE');
}
