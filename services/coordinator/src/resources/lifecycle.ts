/**
 * The life of a resource that is worked on, a run or a comparison: its states, and the executions behind those that
 * RUN.
 *
 *   RUNNING -> PAUSED -> RUNNING       by Pause and Resume
 *   RUNNING -> FAILED -> RUNNING       by an error and Resume
 *   RUNNING, PAUSED, FAILED -> CANCELLED, RUNNING -> SUCCEEDED       for good (an extended comparison runs again)
 *
 * A state is durable before it is published. The next coordinator resumes what a stopping one leaves RUNNING. Only the
 * coordinator that holds the lease works on resources and changes them (lease.ts). Not here: what the work is.
 */
import { type DescMessage, RunState } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import type { Gate } from '../journal/gate.js';
import type { RecordOf, Records, ResourceRecord } from './records.js';

/** One attempt to work a resource to its end. */
export interface Execution {
  /** Shut while the resource is paused. */
  readonly gate: Gate;
  /** Works from wherever the journal stands to the end. Rejects with why it could not. */
  work(): Promise<void>;
  /** Ends the attempt: what is in flight is let go, and `work` rejects with `reason`. */
  stop(reason: Error): void;
}

export interface LifecycleOptions<S extends DescMessage, E extends Execution> {
  /** For messages. */
  readonly noun: 'run' | 'comparison';
  readonly records: Records<S>;
  /** A new execution, not begun, under the coordinator's fencing token. */
  readonly execution: (record: RecordOf<S>, fencingToken: number) => E;
  /** Tells followers how a resource stands now. */
  readonly publish: (record: RecordOf<S>) => Promise<void>;
  /** Takes a line for the service's log. */
  readonly log: (line: string) => void;
}

interface Active<E> {
  readonly execution: E;
  /** Settles when the execution has ended and its last state is durable. */
  readonly ended: Promise<void>;
  /** The state has been decided by a call: the execution's own end no longer counts. */
  decided: boolean;
  /** The work is over; its end is being recorded. */
  over: boolean;
}

type Stand = Pick<ResourceRecord<unknown>, 'state' | 'failure' | 'failureReason'>;

export class Lifecycle<S extends DescMessage, E extends Execution> {
  private readonly active = new Map<string, Active<E>>();
  /** What ended here though the store could not record it: how it stands. */
  private readonly unrecorded = new Map<string, Stand>();
  /** The lease under which resources are worked on; undefined while there is none. */
  private fencingToken: number | undefined;

  constructor(private readonly options: LifecycleOptions<S, E>) {}

  /** Resumes, under this lease, all that the last coordinator left RUNNING; `note` is told of every resource before. */
  async begin(fencingToken: number, note: (record: RecordOf<S>) => Promise<void> | void): Promise<void> {
    this.fencingToken = fencingToken;
    const running: RecordOf<S>[] = [];
    for await (const record of this.all()) {
      await note(record);
      if (record.state === RunState.RUNNING) running.push(record);
    }
    for (const record of running) this.execute(record);
  }

  /** The lease is lost or given up: lets executions go, and refuses changes until the next `begin`. */
  async suspend(why: UserError): Promise<void> {
    this.fencingToken = undefined;
    this.unrecorded.clear();
    await Promise.all([...this.active.keys()].map((id) => this.letGo(id, why)));
  }

  /** The lease. Refuses changes while nobody or another coordinator holds it. */
  leased(): number {
    if (this.fencingToken !== undefined) return this.fencingToken;
    const message =
      'this coordinator does not have its store at the moment; try again, or ask the one that has it';
    throw new UserError(message, 'UNAVAILABLE', 'store');
  }

  /** What works on a resource at the moment, and has not ended. */
  executionOf(id: string): E | undefined {
    const active = this.active.get(id);
    return active === undefined || active.over || active.decided ? undefined : active.execution;
  }

  /** Settles when nothing works on a resource any more. */
  async ended(id: string): Promise<void> {
    await this.active.get(id)?.ended;
  }

  async find(id: string): Promise<RecordOf<S> | undefined> {
    const record = await this.options.records.get(id);
    return record === undefined ? undefined : this.asItStands(record);
  }

  async need(id: string): Promise<RecordOf<S>> {
    const record = await this.find(id);
    if (record !== undefined) return record;
    const { noun } = this.options;
    const list = noun === 'run' ? 'ListRuns' : 'ListComparisons';
    throw new UserError(`there is no ${noun} "${id}"; ${list} names those there are`, 'NOT_FOUND', 'id');
  }

  /** Resources by id. */
  async list(afterId: string, limit: number): Promise<RecordOf<S>[]> {
    const records = await this.options.records.list(afterId, limit);
    return records.map((record) => this.asItStands(record));
  }

  /** Works on a resource that is RUNNING, unless that is being done. */
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
        options.log(`${options.noun} ${id}: its end could not be recorded: ${messageOf(error)}`),
      );
    this.active.set(id, { execution, ended, decided: false, over: false });
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

  /** Makes a resource RUNNING and works on it. */
  async run(record: RecordOf<S>): Promise<RecordOf<S>> {
    const running = await this.enter(record, RunState.RUNNING);
    const active = this.active.get(record.id);
    if (active === undefined) this.execute(running);
    else active.execution.gate.open();
    return running;
  }

  /** Ends a resource for good. `release` ends what it has begun elsewhere; what goes wrong there is logged. */
  async cancel(id: string, release: () => Promise<unknown>): Promise<RecordOf<S>> {
    const { records, noun, log } = this.options;
    const record = await this.settled(id);
    if (record.state === RunState.CANCELLED) return record;
    if (record.state === RunState.SUCCEEDED) {
      throw this.wrongState(record, 'cancelled', 'running, paused or failed');
    }
    // Durable before anything ends: a coordinator that dies here does not resume it.
    const written = records.setState(id, RunState.CANCELLED, '', '');
    await this.letGo(id, new UserError(`${noun} ${id} was cancelled`, 'CANCELLED'));
    await written;
    this.unrecorded.delete(id);
    await release().catch((error: unknown) =>
      log(`${noun} ${id}: what it had begun could not be cancelled: ${messageOf(error)}`),
    );
    return this.published(id);
  }

  /** The record of what is to be changed, after an execution that has just ended has written how. */
  async settled(id: string): Promise<RecordOf<S>> {
    this.leased();
    const active = this.active.get(id);
    if (active?.over === true) await active.ended;
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

  private asItStands(record: RecordOf<S>): RecordOf<S> {
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

  private async letGo(id: string, why: UserError): Promise<void> {
    const active = this.active.get(id);
    if (active === undefined) return;
    active.decided = true;
    active.execution.stop(why);
    await active.ended;
  }

  /** Records how an execution ended, unless a call has decided how the resource stands. */
  private async end(id: string, state: RunState, error?: unknown): Promise<void> {
    const active = this.active.get(id)!;
    active.over = true;
    try {
      if (!active.decided) await this.record(id, state, error);
    } finally {
      this.active.delete(id);
    }
  }

  private async record(id: string, state: RunState, error: unknown): Promise<void> {
    const { noun, records, log } = this.options;
    if (error !== undefined && !(error instanceof UserError)) {
      // A broken invariant ends this resource, not the coordinator: others do not depend on it.
      log(`${noun} ${id}: internal error: ${error instanceof Error ? error.stack : String(error)}`);
    }
    const failed = error !== undefined;
    const failure = failed ? messageOf(error) : '';
    const failureReason = !failed ? '' : error instanceof UserError ? error.reason : 'INTERNAL';
    try {
      await records.setState(id, state, failure, failureReason);
    } catch (unwritten) {
      // A full disk, say. Followers are told all the same; the next coordinator resumes it.
      log(`${noun} ${id}: its end could not be recorded: ${messageOf(unwritten)}`);
      const why = failed ? error : unwritten;
      const reason = why instanceof UserError ? why.reason : 'INTERNAL';
      this.unrecorded.set(id, { state: RunState.FAILED, failure: messageOf(why), failureReason: reason });
    }
    await this.published(id);
  }

  private async *all(): AsyncIterable<RecordOf<S>> {
    let after = '';
    for (;;) {
      const page = await this.options.records.list(after, 100);
      yield* page;
      if (page.length < 100) return;
      after = page.at(-1)!.id;
    }
  }
}
