/** One training run as its watchers see it: its state and every change of it. The work is in run-training.ts. */
import { durationFromMs, TrainingState, timestampFromMs, type TrainingResult } from '@soar/contracts';
import { UserError, messageOf } from '@soar/core';
import type { WriterLease } from '@soar/store';
import type { Metrics } from './inner-loop.js';

/** What a training made, as in the contract. */
export type Result = Omit<TrainingResult, '$typeName' | '$unknown'>;

/**
 * Failures with a cause outside the training that may have passed: a service down, a full disk, a file restored since.
 */
const FROM_OUTSIDE: readonly string[] = [
  'UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'DATA_LOSS',
  'FAILED_PRECONDITION',
];

export class TrainingRunRecord implements WriterLease {
  private token = 0;
  private state = TrainingState.QUEUED;
  private readonly steps: Metrics[] = [];
  private result: Result | undefined;
  private failure: { reason: string; message: string } | undefined;
  private startedMs: number | undefined;
  private endedMs: number | undefined;
  private readonly ending = new AbortController();
  private readonly watchers = new Set<() => void>();

  constructor(
    readonly id: string,
    readonly specSha256: string,
    private readonly stepsTotal: number,
    private readonly createdMs: number,
  ) {}

  /** A run whose result was found. */
  static found(id: string, specSha256: string, result: Result, createdMs: number): TrainingRunRecord {
    const record = new TrainingRunRecord(id, specSha256, result.steps.length, createdMs);
    record.steps.push(...result.steps);
    record.succeed(result);
    return record;
  }

  /** Aborts when the run is cancelled. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get ended(): boolean {
    return this.state !== TrainingState.QUEUED && this.state !== TrainingState.RUNNING;
  }

  /** Whether it waits for a worker. */
  get queued(): boolean {
    return this.state === TrainingState.QUEUED;
  }

  get succeeded(): boolean {
    return this.state === TrainingState.SUCCEEDED;
  }

  /** The highest fencing token under which this was requested. */
  get fencingToken(): number {
    return this.token;
  }

  /** It was requested under this fencing token too. */
  raiseToken(fencingToken: number): void {
    this.token = Math.max(this.token, fencingToken);
  }

  /**
   * Whether it failed in a way that another attempt, under this token, may repair: an older token's result is refused.
   */
  mayBeRepeated(fencingToken: number): boolean {
    if (this.failure === undefined) return false;
    return FROM_OUTSIDE.includes(this.failure.reason) || fencingToken > this.token;
  }

  get metrics(): readonly Metrics[] {
    return this.steps;
  }

  /** As in the contract. Lists leave the steps of the result out. */
  describe({ steps = true } = {}) {
    return {
      id: this.id,
      state: this.state,
      stepsDone: this.steps.length,
      stepsTotal: this.stepsTotal,
      ...(this.result && { result: steps ? this.result : { ...this.result, steps: [] } }),
      ...(this.failure && { failure: this.failure }),
      createTime: timestampFromMs(this.createdMs),
      workerTime: durationFromMs(Math.round(this.workerMs)),
      specSha256: this.specSha256,
    };
  }

  /** How long a worker has worked on it. */
  private get workerMs(): number {
    if (this.startedMs === undefined) return 0;
    return (this.endedMs ?? performance.now()) - this.startedMs;
  }

  /** A worker has started it; the steps of an earlier attempt are dropped. */
  start(): void {
    this.steps.length = 0;
    this.startedMs ??= performance.now();
    this.change(TrainingState.RUNNING);
  }

  step(metrics: Metrics): void {
    if (this.ended) return;
    this.steps.push(metrics);
    this.notify();
  }

  succeed(result: Result): void {
    if (this.ended) return;
    this.result = result;
    this.change(TrainingState.SUCCEEDED);
  }

  fail(error: unknown): void {
    if (this.ended) return;
    const reason = error instanceof UserError ? error.reason : 'INTERNAL';
    this.failure = { reason, message: messageOf(error) };
    this.change(TrainingState.FAILED);
  }

  cancel(): void {
    if (this.ended) return;
    this.change(TrainingState.CANCELLED);
    this.ending.abort(new UserError(`training ${this.id} was cancelled`, 'CANCELLED'));
  }

  /** Settles at the next change, after `timeoutMs`, or when a signal aborts. */
  changed(timeoutMs: number, signals: readonly AbortSignal[]): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.watchers.delete(done);
        for (const signal of signals) signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.watchers.add(done);
      for (const signal of signals) signal.addEventListener('abort', done, { once: true });
      if (signals.some(({ aborted }) => aborted)) done();
    });
  }

  private change(state: TrainingState): void {
    if (this.ended) return;
    this.state = state;
    if (this.ended) this.endedMs = performance.now();
    this.notify();
  }

  private notify(): void {
    for (const watcher of this.watchers) watcher();
  }
}
