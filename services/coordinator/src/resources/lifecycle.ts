/**
 * The lifecycle of a run, a comparison or a sweep: its states, and an execution for each one that is RUNNING.
 *
 *   RUNNING -> PAUSED -> RUNNING       by Pause and Resume
 *   RUNNING -> FAILED -> RUNNING       by an error and Resume
 *   RUNNING, PAUSED, FAILED -> CANCELLED, RUNNING -> SUCCEEDED       final (but an extended comparison RUNS again)
 *
 * A state is durable before it is published. The next coordinator resumes what a stopping one leaves RUNNING. Only
 * the holder of the lease executes and changes resources (lease.ts). Not here: what an execution does.
 */
import { type DescMessage, RunState } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { attributes, exceptionOf, type Log } from '@soar/telemetry';
import type { Gate } from '../journal/gate.js';
import type { RecordOf, Records, ResourceRecord } from './records.js';

/** One attempt to execute a resource to its end. */
export interface Execution {
  /** Closed while the resource is paused. */
  readonly gate: Gate;
  /** Continues from the journal to the end. Rejects with the reason when it cannot. */
  work(): Promise<void>;
  /** Ends the attempt: calls in flight are cancelled, and `work` rejects with `reason`. */
  stop(reason: Error): void;
}

/** The method that lists the resources of a kind. */
const LISTS = { run: 'ListRuns', comparison: 'ListComparisons', sweep: 'ListSweeps' } as const;

export interface LifecycleOptions<S extends DescMessage, E extends Execution> {
  /** For messages. */
  readonly noun: keyof typeof LISTS;
  readonly records: Records<S>;
  /** A new execution, not yet started, under the coordinator's fencing token. */
  readonly execution: (record: RecordOf<S>, fencingToken: number) => E;
  /** Publishes the current state of a resource to its watchers. */
  readonly publish: (record: RecordOf<S>) => Promise<void>;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

interface Active<E> {
  readonly execution: E;
  /** Settles when the execution has ended and its last state is durable. */
  readonly ended: Promise<void>;
  /** A call has set the state: the execution's own outcome is ignored. */
  isDecided: boolean;
  /** The work has ended; its final state is being written. */
  isFinished: boolean;
}

type Status = Pick<ResourceRecord<unknown>, 'state' | 'failure' | 'failureReason'>;

export class Lifecycle<S extends DescMessage, E extends Execution> {
  private readonly active = new Map<string, Active<E>>();
  /** States of executions that have ended but could not be written to the store. */
  private readonly unrecorded = new Map<string, Status>();
  /** The current lease; undefined without one. */
  private fencingToken: number | undefined;

  constructor(private readonly options: LifecycleOptions<S, E>) {}

  /**
   * Resumes under this lease all that the last coordinator left RUNNING, after `note` was called with every resource.
   */
  async start(fencingToken: number, note: (record: RecordOf<S>) => Promise<void> | void): Promise<void> {
    this.fencingToken = fencingToken;
    const running: RecordOf<S>[] = [];
    for await (const record of this.all()) {
      await note(record);
      if (record.state === RunState.RUNNING) running.push(record);
    }
    for (const record of running) this.execute(record);
  }

  /** The lease is lost or given up: stops executions, and refuses changes until the next `start`. */
  async suspend(why: UserError): Promise<void> {
    this.fencingToken = undefined;
    this.unrecorded.clear();
    await Promise.all([...this.active.keys()].map((id) => this.stopExecution(id, why)));
  }

  /** The fencing token of the lease. Throws UNAVAILABLE without one. */
  leased(): number {
    if (this.fencingToken !== undefined) return this.fencingToken;
    const message =
      'this coordinator does not hold the lease on its store; try again, or call the one that holds it';
    throw new UserError(message, 'UNAVAILABLE', 'store');
  }

  /** The execution of a resource that is still working. */
  executionOf(id: string): E | undefined {
    const active = this.active.get(id);
    return active === undefined || active.isFinished || active.isDecided ? undefined : active.execution;
  }

  /** Settles when a resource has no execution any more. */
  async ended(id: string): Promise<void> {
    await this.active.get(id)?.ended;
  }

  async find(id: string): Promise<RecordOf<S> | undefined> {
    const record = await this.options.records.get(id);
    return record === undefined ? undefined : this.withStatus(record);
  }

  async need(id: string): Promise<RecordOf<S>> {
    const record = await this.find(id);
    if (record !== undefined) return record;
    const { noun } = this.options;
    throw new UserError(`there is no ${noun} "${id}"; ${LISTS[noun]} lists all`, 'NOT_FOUND', 'id');
  }

  /** Resources by id. */
  async list(afterId: string, limit: number): Promise<RecordOf<S>[]> {
    const records = await this.options.records.list(afterId, limit);
    return records.map((record) => this.withStatus(record));
  }

  /** Executes a resource that is RUNNING, unless it is being executed. */
  execute(record: RecordOf<S>): void {
    const { id } = record;
    const { fencingToken, options } = this;
    if (fencingToken === undefined || this.active.has(id)) return;
    const execution = options.execution(record, fencingToken);
    const ended = execution
      .work()
      .then(
        () => this.end(id, RunState.SUCCEEDED),
        (error: unknown) => this.end(id, RunState.FAILED, error),
      )
      .catch((error: unknown) =>
        options.log(
          `${options.noun} ${id}: its final state could not be written: ${messageOf(error)}`,
          'error',
          { [attributes.runId]: id },
        ),
      );
    this.active.set(id, { execution, ended, isDecided: false, isFinished: false });
  }

  async pause(id: string): Promise<RecordOf<S>> {
    const record = await this.settled(id);
    if (record.state === RunState.PAUSED) return record;
    if (record.state !== RunState.RUNNING) throw this.wrongState(record, 'paused', 'running');
    this.active.get(id)?.execution.gate.close();
    return this.enter(record, RunState.PAUSED);
  }

  async resume(id: string): Promise<RecordOf<S>> {
    const record = await this.settled(id);
    if (record.state === RunState.RUNNING) return record;
    if (record.state !== RunState.PAUSED && record.state !== RunState.FAILED) {
      throw this.wrongState(record, 'resumed', 'paused or failed');
    }
    return this.run(record);
  }

  /** Makes a resource RUNNING and executes it. */
  async run(record: RecordOf<S>): Promise<RecordOf<S>> {
    const running = await this.enter(record, RunState.RUNNING);
    const active = this.active.get(record.id);
    if (active === undefined) this.execute(running);
    else active.execution.gate.open();
    return running;
  }

  /** Cancels a resource. `release` cancels what it has started in other services; an error of it is logged. */
  async cancel(id: string, release: () => Promise<unknown>): Promise<RecordOf<S>> {
    const { records, noun, log } = this.options;
    const record = await this.settled(id);
    if (record.state === RunState.CANCELLED) return record;
    if (record.state === RunState.SUCCEEDED) {
      throw this.wrongState(record, 'cancelled', 'running, paused or failed');
    }
    // Durable before anything is stopped: the successor of a coordinator that dies here does not resume it.
    const written = records.setState(id, RunState.CANCELLED, '', '');
    await this.stopExecution(id, new UserError(`${noun} ${id} was cancelled`, 'CANCELLED'));
    await written;
    this.unrecorded.delete(id);
    await release().catch((error: unknown) =>
      log(`${noun} ${id}: work that it had started could not be cancelled: ${messageOf(error)}`, 'warn', {
        [attributes.runId]: id,
      }),
    );
    return this.published(id);
  }

  /** The record before a change. Waits for an execution that has just ended to write its final state. */
  async settled(id: string): Promise<RecordOf<S>> {
    this.leased();
    const active = this.active.get(id);
    if (active?.isFinished === true) await active.ended;
    return this.need(id);
  }

  wrongState(record: RecordOf<S>, wanted: string, from: string): UserError {
    const { noun } = this.options;
    const state = RunState[record.state].toLowerCase();
    return new UserError(
      `${noun} "${record.id}" is ${state} and cannot be ${wanted}: only ${from} ${noun}s can`,
      'FAILED_PRECONDITION',
      'id',
    );
  }

  private withStatus(record: RecordOf<S>): RecordOf<S> {
    return { ...record, ...this.unrecorded.get(record.id) };
  }

  private async enter(record: RecordOf<S>, state: RunState): Promise<RecordOf<S>> {
    await this.options.records.setState(record.id, state, '', '');
    this.unrecorded.delete(record.id);
    return this.published(record.id);
  }

  private async published(id: string): Promise<RecordOf<S>> {
    const record = await this.need(id);
    await this.options.publish(record);
    return record;
  }

  private async stopExecution(id: string, why: UserError): Promise<void> {
    const active = this.active.get(id);
    if (active === undefined) return;
    active.isDecided = true;
    active.execution.stop(why);
    await active.ended;
  }

  /** Writes how an execution ended, unless a call has set the state. */
  private async end(id: string, state: RunState, error?: unknown): Promise<void> {
    const active = this.active.get(id)!;
    active.isFinished = true;
    try {
      if (!active.isDecided) await this.record(id, state, error);
    } finally {
      this.active.delete(id);
    }
  }

  private async record(id: string, state: RunState, error: unknown): Promise<void> {
    const { noun, records, log } = this.options;
    if (error !== undefined && !(error instanceof UserError)) {
      // A broken invariant fails this resource, not the coordinator: others do not depend on it.
      const stack = error instanceof Error ? error.stack : String(error);
      const about = { [attributes.runId]: id, ...exceptionOf(error) };
      log(`${noun} ${id}: internal error: ${stack}`, 'error', about);
    }
    const failed = error !== undefined;
    const failure = failed ? messageOf(error) : '';
    const failureReason = !failed ? '' : error instanceof UserError ? error.reason : 'INTERNAL';
    try {
      await records.setState(id, state, failure, failureReason);
    } catch (unwritten) {
      // A full disk, say. Watchers see the failure all the same; the next coordinator resumes the resource.
      const what = `${noun} ${id}: its final state could not be written: ${messageOf(unwritten)}`;
      log(what, 'error', { [attributes.runId]: id });
      const why = failed ? error : unwritten;
      const reason = why instanceof UserError ? why.reason : 'INTERNAL';
      this.unrecorded.set(id, { state: RunState.FAILED, failure: messageOf(why), failureReason: reason });
    }
    await this.published(id);
  }

  /** Every resource, by id. */
  async *all(): AsyncIterable<RecordOf<S>> {
    let after = '';
    for (;;) {
      const page = await this.options.records.list(after, 100);
      yield* page;
      if (page.length < 100) return;
      after = page.at(-1)!.id;
    }
  }
}
