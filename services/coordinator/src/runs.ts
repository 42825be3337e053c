/**
 * Runs as resources: their states, and the executions behind those that are RUNNING.
 *
 *   RUNNING -> PAUSED -> RUNNING       by PauseRun and ResumeRun
 *   RUNNING -> FAILED -> RUNNING       by an error and ResumeRun
 *   RUNNING, PAUSED, FAILED -> CANCELLED, RUNNING -> SUCCEEDED       for good
 *
 * A state is durable before anyone hears of it. What a stopping coordinator leaves RUNNING, the next one goes on with.
 */
import {
  create,
  type CreateRunRequest,
  CreateRunRequestSchema,
  equals,
  fromBinary,
  type Run,
  type RunReport,
  RunReportSchema,
  RunSchema,
  RunState,
  timestampFromMs,
} from '@soar/contracts';
import { domainNames } from '@soar/domains';
import { messageOf, UserError } from '@soar/core';
import type { ArtifactStore } from '@soar/store';
import { REPORT_PREFIX } from './addresses.js';
import { type CallBounds, cancelTrainings, type Connections, resolveCheckpoint } from './grpc-services.js';
import { reportHead, sumReport } from './report.js';
import { RunExecution } from './run-execution.js';
import { RunFeed } from './run-feed.js';
import type { RunRecord, RunRecords } from './run-records.js';
import { checkRun } from './run-rules.js';

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
}

/** Ends executions whose coordinator stops; their runs stay RUNNING. */
class Stopping extends Error {}
class Cancelled extends Error {}

export class Runs {
  private readonly active = new Map<string, Active>();
  private readonly feeds = new Map<string, RunFeed>();
  private stopping = false;

  constructor(private readonly options: RunsOptions) {}

  /** Goes on with every run that the last coordinator left RUNNING. */
  async resumeAll(): Promise<void> {
    for await (const record of this.all()) if (record.state === RunState.RUNNING) this.execute(record);
  }

  /** Starts a run, or finds the one of this id. Refuses another request under a known id. */
  async create(request: CreateRunRequest, signal: AbortSignal): Promise<Run> {
    const found = await this.options.records.get(request.id);
    if (found !== undefined) return this.foundAs(found, request);
    checkRun(request, domainNames());
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
    if (!(await this.options.records.insert(record)))
      return this.foundAs(await this.need(request.id), request);
    this.execute(record);
    return this.view(record);
  }

  async get(id: string): Promise<Run> {
    return this.view(await this.need(id));
  }

  /** Runs by id, without reports. */
  async list(afterId: string, limit: number): Promise<Run[]> {
    const records = await this.options.records.list(afterId, limit);
    return Promise.all(
      records.map(async (record) => {
        const { report: _, ...rest } = await this.view(record);
        return create(RunSchema, rest);
      }),
    );
  }

  async pause(id: string): Promise<Run> {
    const record = await this.need(id);
    if (record.state === RunState.PAUSED) return this.view(record);
    if (record.state !== RunState.RUNNING) throw this.wrongState(record, 'paused', 'running');
    this.active.get(id)?.execution.gate.close();
    return this.enter(record, RunState.PAUSED);
  }

  async resume(id: string): Promise<Run> {
    const record = await this.need(id);
    if (record.state === RunState.RUNNING) return this.view(record);
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
    const record = await this.need(id);
    if (record.state === RunState.CANCELLED) return this.view(record);
    if (record.state === RunState.SUCCEEDED)
      throw this.wrongState(record, 'cancelled', 'running, paused or failed');
    const active = this.active.get(id);
    // Durable first: a coordinator that dies here does not go on with the run.
    await this.options.records.setState(id, RunState.CANCELLED, '', '');
    active?.execution.stop(new Cancelled(`run ${id} was cancelled`));
    await active?.ended;
    await cancelTrainings(this.options.connections, id).catch((error: unknown) =>
      this.options.log(`run ${id}: its trainings could not be cancelled: ${messageOf(error)}`),
    );
    const run = await this.get(id);
    this.feed(id).publish({ run });
    return run;
  }

  feed(id: string): RunFeed {
    const feed = this.feeds.get(id) ?? new RunFeed();
    this.feeds.set(id, feed);
    return feed;
  }

  /** Lets executions go; their runs stay as they are, for the next coordinator. */
  async stop(): Promise<void> {
    this.stopping = true;
    const active = [...this.active.values()];
    for (const { execution } of active) execution.stop(new Stopping('the coordinator is stopping'));
    await Promise.all(active.map(({ ended }) => ended));
  }

  private execute(record: RunRecord): void {
    const { id, request, createdMs } = record;
    if (this.stopping || this.active.has(id)) return;
    const { records, log, ...shared } = this.options;
    const execution = new RunExecution({
      ...shared,
      request,
      createdMs,
      journal: records.journal(id),
      feed: this.feed(id),
    });
    const ended = execution
      .work()
      .then(
        () => ({ state: RunState.SUCCEEDED, failure: '', reason: '' }),
        (error: unknown) => this.failureOf(id, error),
      )
      .then(async (end) => {
        this.active.delete(id);
        if (end === undefined) return;
        await records.setState(id, end.state, end.failure, end.reason);
        this.feed(id).publish({ run: await this.get(id) });
      })
      .catch((error: unknown) => log(`run ${id}: its end could not be recorded: ${messageOf(error)}`));
    this.active.set(id, { execution, ended });
  }

  /** How a run ends that was not worked to its end; undefined when somebody else has decided it. */
  private failureOf(
    id: string,
    error: unknown,
  ): { state: RunState; failure: string; reason: string } | undefined {
    if (error instanceof Stopping || error instanceof Cancelled) return undefined;
    if (!(error instanceof UserError)) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.options.log(`run ${id}: internal error: ${stack}`);
    }
    const reason = error instanceof UserError ? error.reason : 'INTERNAL';
    return { state: RunState.FAILED, failure: messageOf(error), reason };
  }

  private async enter(record: RunRecord, state: RunState): Promise<Run> {
    await this.options.records.setState(record.id, state, '', '');
    const run = await this.get(record.id);
    this.feed(record.id).publish({ run });
    return run;
  }

  private async foundAs(found: RunRecord, request: CreateRunRequest): Promise<Run> {
    if (equals(CreateRunRequestSchema, found.request, request)) return this.view(found);
    throw new UserError(
      `run "${request.id}" exists with another configuration, base or problems; choose another id`,
      'ALREADY_EXISTS',
      'id',
    );
  }

  private async need(id: string): Promise<RunRecord> {
    const record = await this.options.records.get(id);
    if (record === undefined)
      throw new UserError(`there is no run "${id}"; ListRuns names those there are`, 'NOT_FOUND', 'id');
    return record;
  }

  private wrongState(record: RunRecord, wanted: string, from: string): UserError {
    const state = RunState[record.state].toLowerCase();
    return new UserError(
      `run "${record.id}" is ${state} and cannot be ${wanted}: only ${from} runs can`,
      'FAILED_PRECONDITION',
      'id',
    );
  }

  /** The run as clients see it, with its report so far. */
  private async view(record: RunRecord): Promise<Run> {
    const report = await this.report(record);
    return create(RunSchema, {
      id: record.id,
      state: record.state,
      config: record.request.config!,
      outerStepsDone: report.steps.length,
      report,
      failure: record.failure,
      failureReason: record.failureReason,
      createTime: timestampFromMs(record.createdMs),
    });
  }

  private async report(record: RunRecord): Promise<RunReport> {
    const kept = await this.options.records.journal(record.id).values(REPORT_PREFIX);
    const parts = kept.map((bytes) => fromBinary(RunReportSchema, bytes));
    return sumReport(parts.find(({ runId }) => runId !== '') ?? reportHead(record.request, undefined), parts);
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
