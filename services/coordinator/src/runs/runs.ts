/**
 * Runs as resources: create, fork, read, watch, pause, resume, cancel. States and executions are in
 * resources/lifecycle.ts; what one execution does is in run-execution.ts.
 */
import {
  create,
  type CreateRunRequest,
  CreateRunRequestSchema,
  equals,
  type ForkRunRequest,
  fromBinary,
  type ListProposalsResponseSchema,
  type MessageInitShape,
  ProposeResponseSchema,
  Retention,
  type Run,
  RunState,
} from '@soar/contracts';
import { askedDomain, domainNames } from '@soar/domains';
import { messageOf, UserError } from '@soar/core';
import type { ArtifactStore } from '@soar/store';
import { attributes, type Log } from '@soar/telemetry';
import { RunArtifacts, type StoredArtifact, type Swept } from '../artifacts/run-artifacts.js';
import { type Connections } from '../clients/connections.js';
import { type CallBounds, cancelTrainings, resolveCheckpoint } from '../clients/grpc-services.js';
import type { Worked } from '../builds/admission.js';
import { builtRun } from '../builds/run-builds.js';
import type { WorkingBuildsRecorder } from '../builds/working-builds.js';
import { Feeds } from '../resources/feed.js';
import type { Leased } from '../resources/lease.js';
import { Lifecycle } from '../resources/lifecycle.js';
import { verdictOf } from '../loop/measuring.js';
import { proposalsEntry } from '../loop/run-steps.js';
import { checkFork } from './fork.js';
import { withComputeOf, withPlannedCompute } from './run-compute.js';
import { RunExecution } from './run-execution.js';
import type { RunEvent, RunFeed } from './run-feed.js';
import type { RunRecord, RunRecords } from './run-records.js';
import { checkRun } from './run-rules.js';
import { briefViewOf, viewOf } from './run-view.js';
import { withWindowRule } from './window-rule.js';

export interface RunsOptions {
  readonly records: RunRecords;
  readonly connections: Connections;
  /** Which builds may work on a run. */
  readonly builds: WorkingBuildsRecorder;
  readonly bounds: CallBounds;
  readonly store: ArtifactStore;
  readonly fanOutMax: number;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

export class Runs implements Leased {
  readonly artifacts: RunArtifacts;
  private readonly feeds = new Feeds<RunEvent>();
  private readonly lifecycle: Lifecycle<typeof CreateRunRequestSchema, RunExecution>;

  constructor(private readonly options: RunsOptions) {
    const { records, store, log } = options;
    this.artifacts = new RunArtifacts(records, store);
    this.lifecycle = new Lifecycle({
      noun: 'run',
      records,
      log,
      execution: (record, fencingToken) => this.execution(record, fencingToken),
      publish: async (record) => this.feed(record.id).publish({ run: await this.viewOf(record) }),
    });
  }

  start(fencingToken: number): Promise<void> {
    return this.lifecycle.start(fencingToken, (record) => this.artifacts.register(record));
  }

  suspend(why: UserError): Promise<void> {
    return this.lifecycle.suspend(why);
  }

  /** Starts a run, or returns the one with this id. Refuses another request under an existing id. */
  async create(request: CreateRunRequest, signal: AbortSignal, allowVersionChange = false): Promise<Run> {
    this.lifecycle.leased();
    const found = await this.lifecycle.find(request.id);
    if (found !== undefined) return this.returnFound(found, request);
    checkRun(request, domainNames());
    const source = request.fork === undefined ? undefined : await this.lifecycle.need(request.fork.runId);
    const asked = source === undefined ? withWindowRule(request) : asIn(request, source.request);
    if (source !== undefined) checkFork(asked, source.request, (await this.viewOf(source)).outerStepsDone);
    // A missing or damaged model, and one that cannot fit, is refused before the run is created.
    const { connections, builds } = this.options;
    await resolveCheckpoint(connections, request.base!, signal);
    if (source === undefined) await builds.checkAgreement(signal);
    else await builds.check(this.worked(request), allowVersionChange, signal);
    const record: RunRecord = {
      id: request.id,
      request: await withPlannedCompute(connections, asked, signal),
      state: RunState.RUNNING,
      failure: '',
      failureReason: '',
      createdMs: Date.now(),
    };
    const insert = async (): Promise<boolean> => {
      if (source !== undefined) await this.artifacts.requireForkable(source, request.fork!.fromStep);
      if (!(await this.options.records.insert(record))) return false;
      this.artifacts.register(record);
      return true;
    };
    const isForkOrOther = source !== undefined || this.artifacts.isSwept(request.base!.key);
    const isNew = await (isForkOrOther ? this.artifacts.exclusively(insert) : insert());
    if (!isNew) return this.returnFound(await this.lifecycle.find(request.id), request);
    if (allowVersionChange) await builds.admit(this.worked(record.request), true, signal);
    this.lifecycle.execute(record);
    return this.viewOf(record);
  }

  /** Starts a run with the first steps of another one; `config`: default its source's. */
  async fork({ id, fork, config, allowVersionChange }: ForkRunRequest, signal: AbortSignal): Promise<Run> {
    const { request } = await this.lifecycle.need(fork!.runId);
    const asked = create(CreateRunRequestSchema, { ...request, id, fork: fork!, ...(config && { config }) });
    return this.create(asked, signal, allowVersionChange);
  }

  async get(id: string): Promise<Run> {
    return this.viewOf(await this.lifecycle.need(id));
  }

  /** The state of a run; undefined when no run has this id. */
  async stateOf(id: string): Promise<RunState | undefined> {
    return (await this.lifecycle.find(id))?.state;
  }

  /** Runs by id, without reports. */
  async list(afterId: string, limit: number): Promise<Run[]> {
    const records = await this.lifecycle.list(afterId, limit);
    return Promise.all(records.map((record) => briefViewOf(this.options.records, record)));
  }

  async pause(id: string): Promise<Run> {
    return this.viewOf(await this.lifecycle.pause(id));
  }

  /** Resumes a run. Throws BUILD_CHANGED where other builds would continue it and that is not allowed. */
  async resume(id: string, allowVersionChange: boolean, signal: AbortSignal): Promise<Run> {
    const working = this.lifecycle.executionOf(id);
    // One that its coordinator has just started may be about to be refused; then it can be allowed.
    if (allowVersionChange) await working?.admitted.catch(() => this.lifecycle.ended(id));
    const { state, request } = await this.lifecycle.settled(id);
    if (state === RunState.PAUSED || state === RunState.FAILED)
      await this.options.builds.admit(this.worked(request), allowVersionChange, signal);
    return this.viewOf(await this.lifecycle.resume(id));
  }

  /** Cancels a run and its trainings. */
  async cancel(id: string): Promise<Run> {
    const { connections, log } = this.options;
    const record = await this.lifecycle.cancel(id, async () => {
      try {
        await cancelTrainings(connections, id);
      } finally {
        await this.artifacts
          .sweep(id, Retention.UNSPECIFIED, { fencingToken: this.lifecycle.leased() })
          .catch((error: unknown) =>
            log(`run ${id}: not swept: ${messageOf(error)}`, 'warn', { [attributes.runId]: id }),
          );
      }
    });
    return this.viewOf(record);
  }

  /** Artifacts in the folder of a run or comparison, or in the whole store (''). Throws NOT_FOUND. */
  async *listArtifacts(id: string, retention: Retention): AsyncIterable<StoredArtifact> {
    this.lifecycle.leased();
    this.artifacts.require(id);
    yield* this.artifacts.list(id, retention);
  }

  /** Removes what nothing needs from the folder of a run, or of all (''). Throws NOT_FOUND. */
  async sweepArtifacts(id: string, retention: Retention): Promise<Swept> {
    const lease = { fencingToken: this.lifecycle.leased() };
    this.artifacts.require(id);
    return this.artifacts.sweep(id, retention, lease);
  }

  /** What the teacher proposed in an outer step, and what the domain says of it. Throws NOT_FOUND before it has. */
  async proposals(
    id: string,
    outerStep: number,
  ): Promise<MessageInitShape<typeof ListProposalsResponseSchema>> {
    const { request } = await this.lifecycle.need(id);
    const entry = await this.options.records.journal(id).get(proposalsEntry(outerStep));
    if (entry === undefined)
      throw new UserError(
        `run "${id}" has no proposals of outer step ${outerStep}`,
        'NOT_FOUND',
        'outer_step',
      );
    const { datasets } = fromBinary(ProposeResponseSchema, entry);
    const questions = datasets
      .flatMap(({ proposals }) => proposals)
      .map(({ problem }) => ({ id: problem!.id, question: problem!.question, answer: problem!.answer }));
    const { domain, domainDefinition } = request.config!;
    const asked = askedDomain(domain, domainDefinition);
    return { questions, verdicts: questions.map((question) => verdictOf(asked, question)) };
  }

  feed(id: string): RunFeed {
    return this.feeds.of(id);
  }

  private worked(request: CreateRunRequest): Worked {
    const { records } = this.options;
    return builtRun(request, records.journal(request.id), (other) => records.journal(other));
  }

  private viewOf(record: RunRecord): Promise<Run> {
    return viewOf(this.options.records, record);
  }

  private execution({ id, request, createdMs }: RunRecord, fencingToken: number): RunExecution {
    const { records, builds, ...shared } = this.options;
    const worked = this.worked(request);
    return new RunExecution({
      ...shared,
      admit: (signal) => builds.admitWaiting(worked, signal),
      expected: () => builds.expectedFor(id),
      explained: (error) => builds.explained(worked, error),
      request,
      createdMs,
      fencingToken,
      journal: records.journal(id),
      journalOf: (other) => records.journal(other),
      artifacts: this.artifacts,
      feed: this.feed(id),
    });
  }

  private async returnFound(found: RunRecord | undefined, request: CreateRunRequest): Promise<Run> {
    const isFound =
      found !== undefined && equals(CreateRunRequestSchema, found.request, asIn(request, found.request));
    if (isFound) {
      // An attempt whose answer was lost may have inserted it without executing it.
      if (found.state === RunState.RUNNING) this.lifecycle.execute(found);
      return this.viewOf(found);
    }
    const what =
      found === undefined
        ? `"${request.id}" is the id of a comparison; choose another id`
        : `run "${request.id}" exists with another configuration, base or problems; choose another id, or fork it`;
    throw new UserError(what, 'ALREADY_EXISTS', 'id');
  }
}

/** `request`, in which what was decided when `other` was created is as there. */
function asIn(request: CreateRunRequest, other: CreateRunRequest): CreateRunRequest {
  return withWindowRule(withComputeOf(request, other), other);
}
