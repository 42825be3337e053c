/**
 * Runs as resources: their states, and the executions behind those that are RUNNING.
 *
 *   RUNNING -> PAUSED -> RUNNING       by PauseRun and ResumeRun
 *   RUNNING -> FAILED -> RUNNING       by an error and ResumeRun
 *   RUNNING, PAUSED, FAILED -> CANCELLED, RUNNING -> SUCCEEDED       for good
 *
 * A state is durable before anyone hears of it. What a stopping coordinator leaves RUNNING, the next one goes on with.
 * Only the coordinator that has the store's claim works on runs and changes them (tenure.ts).
 */
import {
  create,
  type CreateRunRequest,
  CreateRunRequestSchema,
  equals,
  type Fork,
  Retention,
  type Run,
  type RunConfig,
  RunState,
} from '@soar/contracts';
import { domainNames } from '@soar/domains';
import { messageOf, UserError } from '@soar/core';
import type { ArtifactStore } from '@soar/store';
import {
  type CallBounds,
  cancelTrainings,
  type Connections,
  resolveCheckpoint,
} from '../clients/grpc-services.js';
import { checkFork } from './fork.js';
import { RunExecution } from './run-execution.js';
import { RunArtifacts, type StoredArtifact, type Swept } from '../artifacts/run-artifacts.js';
import { RunFeed } from './run-feed.js';
import type { RunRecord, RunRecords } from './run-records.js';
import { checkRun } from './run-rules.js';
import { briefViewOf, viewOf } from './run-view.js';

export interface RunsOptions {
  readonly records: RunRecords;
  readonly connections: Connections;
  readonly bounds: CallBounds;
  readonly store: ArtifactStore;
  readonly fanOutMax: number;
  /** Takes a line for the service's log. */
  readonly log: (line: string) => void;
}

interface Active {
  readonly execution: RunExecution;
  /** Settles when the execution has ended and its last state is durable. */
  readonly ended: Promise<void>;
  /** Somebody else has decided how the run stands: the execution's own end no longer counts. */
  decided: boolean;
  /** The work is over; its end is being recorded. */
  over: boolean;
}

export class Runs {
  private readonly active = new Map<string, Active>();
  private readonly feeds = new Map<string, RunFeed>();
  /** Runs that ended here, though the store could not take it: how they stand. */
  private readonly unrecorded = new Map<string, Pick<RunRecord, 'state' | 'failure' | 'failureReason'>>();
  /** The claim to the store under which runs are worked on; undefined while there is none. */
  private fencingToken: number | undefined;

  private readonly artifacts: RunArtifacts;

  constructor(private readonly options: RunsOptions) {
    this.artifacts = new RunArtifacts(options.records, options.store);
  }

  /** Goes on, under this claim, with every run that the last coordinator left RUNNING. */
  async begin(fencingToken: number): Promise<void> {
    this.fencingToken = fencingToken;
    const running: RunRecord[] = [];
    for await (const record of this.all()) {
      this.artifacts.note(record);
      if (record.state === RunState.RUNNING) running.push(record);
    }
    for (const record of running) this.execute(record);
  }

  /** The claim is lost: lets executions go, and refuses changes until the next `begin`. */
  async suspend(why: UserError): Promise<void> {
    this.fencingToken = undefined;
    this.unrecorded.clear();
    await Promise.all([...this.active.keys()].map((id) => this.letGo(id, why)));
  }

  /** Starts a run, or finds the one of this id. Refuses another request under a known id. */
  async create(request: CreateRunRequest, signal: AbortSignal): Promise<Run> {
    this.claimed();
    const found = await this.options.records.get(request.id);
    if (found !== undefined) return this.foundAs(this.asItStands(found), request);
    checkRun(request, domainNames());
    const source = request.fork === undefined ? undefined : await this.need(request.fork.runId);
    if (source !== undefined)
      checkFork(request, source.request, (await viewOf(this.options.records, source)).outerStepsDone);
    // A missing or damaged model is refused before there is a run.
    await resolveCheckpoint(this.options.connections, request.base!, signal);
    const record: RunRecord = {
      id: request.id,
      request,
      state: RunState.RUNNING,
      failure: '',
      failureReason: '',
      createdMs: Date.now(),
    };
    const insert = async (): Promise<boolean> => {
      if (source !== undefined) await this.artifacts.requireForkable(source, request.fork!.fromStep);
      if (!(await this.options.records.insert(record))) return false;
      this.artifacts.note(record);
      return true;
    };
    // No sweep looks at models/, so that a run that begins there need not wait for one that takes long.
    const isApart = source === undefined && request.base!.key.startsWith('models/');
    const isNew = await (isApart ? insert() : this.artifacts.inTurn(insert));
    if (!isNew) return this.foundAs(await this.need(request.id), request);
    this.execute(record);
    return viewOf(this.options.records, record);
  }

  /** Starts a run that begins with the first steps of another one; `config`: default its source's. */
  async fork(id: string, fork: Fork, config: RunConfig | undefined, signal: AbortSignal): Promise<Run> {
    const { request } = await this.need(fork.runId);
    return this.create(
      create(CreateRunRequestSchema, { ...request, id, fork, ...(config && { config }) }),
      signal,
    );
  }

  async get(id: string): Promise<Run> {
    return viewOf(this.options.records, await this.need(id));
  }

  /** Runs by id, without reports. */
  async list(afterId: string, limit: number): Promise<Run[]> {
    const records = await this.options.records.list(afterId, limit);
    return Promise.all(records.map((record) => briefViewOf(this.options.records, this.asItStands(record))));
  }

  async pause(id: string): Promise<Run> {
    const record = await this.settled(id);
    if (record.state === RunState.PAUSED) return viewOf(this.options.records, record);
    if (record.state !== RunState.RUNNING) throw this.wrongState(record, 'paused', 'running');
    this.active.get(id)?.execution.gate.close();
    return this.enter(record, RunState.PAUSED);
  }

  async resume(id: string): Promise<Run> {
    const record = await this.settled(id);
    if (record.state === RunState.RUNNING) return viewOf(this.options.records, record);
    if (record.state !== RunState.PAUSED && record.state !== RunState.FAILED) {
      throw this.wrongState(record, 'resumed', 'paused or failed');
    }
    const run = await this.enter(record, RunState.RUNNING);
    const active = this.active.get(id);
    if (active === undefined) this.execute(record);
    else active.execution.gate.open();
    return run;
  }

  /** Ends a run for good, and its trainings at the trainer. */
  async cancel(id: string): Promise<Run> {
    const record = await this.settled(id);
    if (record.state === RunState.CANCELLED) return viewOf(this.options.records, record);
    if (record.state === RunState.SUCCEEDED) {
      throw this.wrongState(record, 'cancelled', 'running, paused or failed');
    }
    // Durable before anything ends: a coordinator that dies here does not go on with the run.
    const written = this.options.records.setState(id, RunState.CANCELLED, '', '');
    await this.letGo(id, new UserError(`run ${id} was cancelled`, 'CANCELLED'));
    await written;
    this.unrecorded.delete(id);
    await cancelTrainings(this.options.connections, id).catch((error: unknown) =>
      this.options.log(`run ${id}: its trainings could not be cancelled: ${messageOf(error)}`),
    );
    await this.artifacts
      .sweep(id, Retention.UNSPECIFIED, { fencingToken: this.claimed() })
      .catch((error: unknown) => this.options.log(`run ${id}: not swept: ${messageOf(error)}`));
    const run = await this.get(id);
    this.feed(id).publish({ run });
    return run;
  }

  /** Artifacts in the folder of a run, or in the whole store (''). Throws NOT_FOUND. */
  async *listArtifacts(runId: string, retention: Retention): AsyncIterable<StoredArtifact> {
    this.claimed();
    if (runId !== '') await this.need(runId);
    yield* this.artifacts.list(runId, retention);
  }

  /** Removes what nothing needs from the folder of a run, or of all (''). Throws NOT_FOUND. */
  async sweepArtifacts(runId: string, retention: Retention): Promise<Swept> {
    const claim = { fencingToken: this.claimed() };
    if (runId !== '') await this.need(runId);
    return this.artifacts.sweep(runId, retention, claim);
  }

  feed(id: string): RunFeed {
    const feed = this.feeds.get(id) ?? new RunFeed();
    this.feeds.set(id, feed);
    return feed;
  }

  /** Lets executions go; their runs stay as they are, for the next coordinator. */
  async stop(): Promise<void> {
    await this.suspend(new UserError('the coordinator is stopping', 'CANCELLED'));
  }

  private async letGo(id: string, why: UserError): Promise<void> {
    const active = this.active.get(id);
    if (active === undefined) return;
    active.decided = true;
    active.execution.stop(why);
    await active.ended;
  }

  private execute(record: RunRecord): void {
    const { id, request, createdMs } = record;
    const { fencingToken } = this;
    if (fencingToken === undefined || this.active.has(id)) return;
    const { records, log, ...shared } = this.options;
    const execution = new RunExecution({
      ...shared,
      request,
      createdMs,
      fencingToken,
      journal: records.journal(id),
      journalOf: (other) => records.journal(other),
      artifacts: this.artifacts,
      log,
      feed: this.feed(id),
    });
    const ended = execution
      .work()
      .then(
        () => this.end(id, RunState.SUCCEEDED),
        (error: unknown) => this.end(id, RunState.FAILED, error),
      )
      .catch((error: unknown) => log(`run ${id}: its end could not be recorded: ${messageOf(error)}`));
    this.active.set(id, { execution, ended, decided: false, over: false });
  }

  /** Records how an execution ended, unless somebody else has decided how the run stands. */
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
    if (error !== undefined && !(error instanceof UserError)) {
      // A broken invariant ends the run, not the coordinator: other runs do not depend on it.
      this.options.log(`run ${id}: internal error: ${error instanceof Error ? error.stack : String(error)}`);
    }
    const failed = error !== undefined;
    const failure = failed ? messageOf(error) : '';
    const failureReason = !failed ? '' : error instanceof UserError ? error.reason : 'INTERNAL';
    try {
      await this.options.records.setState(id, state, failure, failureReason);
    } catch (unwritten) {
      // On a full disk, say. Whoever waits is told all the same; the next coordinator goes on with the run.
      this.options.log(`run ${id}: its end could not be recorded: ${messageOf(unwritten)}`);
      const why = failed ? error : unwritten;
      const reason = why instanceof UserError ? why.reason : 'INTERNAL';
      this.unrecorded.set(id, { state: RunState.FAILED, failure: messageOf(why), failureReason: reason });
    }
    this.feed(id).publish({ run: await this.get(id) });
  }

  private async enter(record: RunRecord, state: RunState): Promise<Run> {
    await this.options.records.setState(record.id, state, '', '');
    this.unrecorded.delete(record.id);
    const run = await this.get(record.id);
    this.feed(record.id).publish({ run });
    return run;
  }

  private async foundAs(found: RunRecord, request: CreateRunRequest): Promise<Run> {
    if (equals(CreateRunRequestSchema, found.request, request)) {
      // It may be the one that was just inserted, by an attempt whose answer was lost.
      if (found.state === RunState.RUNNING) this.execute(found);
      return viewOf(this.options.records, found);
    }
    throw new UserError(
      `run "${request.id}" exists with another configuration, base or problems; choose another id, or fork it`,
      'ALREADY_EXISTS',
      'id',
    );
  }

  /** The claim to the store. Refuses changes while it belongs to nobody or to another coordinator. */
  private claimed(): number {
    if (this.fencingToken !== undefined) return this.fencingToken;
    const message =
      'this coordinator does not have its store at the moment; try again, or ask the one that has it';
    throw new UserError(message, 'UNAVAILABLE', 'store');
  }

  /** The record of a run that is to be changed, after an execution that has just ended has written how. */
  private async settled(id: string): Promise<RunRecord> {
    this.claimed();
    const active = this.active.get(id);
    if (active?.over === true) await active.ended;
    return this.need(id);
  }

  private async need(id: string): Promise<RunRecord> {
    const record = await this.options.records.get(id);
    if (record === undefined)
      throw new UserError(`there is no run "${id}"; ListRuns names those there are`, 'NOT_FOUND', 'id');
    return this.asItStands(record);
  }

  private asItStands(record: RunRecord): RunRecord {
    return { ...record, ...this.unrecorded.get(record.id) };
  }

  private wrongState(record: RunRecord, wanted: string, from: string): UserError {
    const state = RunState[record.state].toLowerCase();
    return new UserError(
      `run "${record.id}" is ${state} and cannot be ${wanted}: only ${from} runs can`,
      'FAILED_PRECONDITION',
      'id',
    );
  }

  private async *all(): AsyncIterable<RunRecord> {
    let after = '';
    for (;;) {
      const page = await this.options.records.list(after, 100);
      yield* page;
      if (page.length < 100) return;
      after = page.at(-1)!.id;
    }
  }
}
