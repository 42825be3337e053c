/**
 * Sweeps as resources: create, read, watch, pause, resume, cancel. States and executions are in
 * resources/lifecycle.ts, as those of runs and comparisons; what one execution does is in sweep-execution.ts.
 */
import {
  create,
  type CreateSweepRequest,
  CreateSweepRequestSchema,
  equals,
  RunState,
  type Sweep,
  type SweepPoint,
  type SweepPointStatus,
  SweepPointStatusSchema,
  SweepSchema,
  timestampFromMs,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { WorkingBuildsRecorder } from '../builds/working-builds.js';
import type { Connections } from '../clients/connections.js';
import { type CallBounds, resolveCheckpoint } from '../clients/grpc-services.js';
import { wantedOf } from '../comparisons/comparison-records.js';
import { haveEqualInputs } from '../comparisons/comparison-rules.js';
import type { Comparisons } from '../comparisons/comparisons.js';
import { unitsOf } from '../comparisons/unit-plan.js';
import { cancelAll, pauseAll, resumeAll } from '../resources/dependents.js';
import { Feeds } from '../resources/feed.js';
import type { Leased } from '../resources/lease.js';
import { Lifecycle } from '../resources/lifecycle.js';
import { withComputeOf, withPlannedCompute } from '../runs/run-compute.js';
import { SweepExecution } from './sweep-execution.js';
import type { SweepEvent, SweepFeed } from './sweep-feed.js';
import { checkPoints, PointProblems, pointRequest } from './sweep-points.js';
import type { SweepRecord, SweepRecords } from './sweep-records.js';

export interface SweepsOptions {
  readonly records: SweepRecords;
  /** The comparisons of the same coordinator, which make the points. */
  readonly comparisons: Comparisons;
  readonly connections: Connections;
  readonly builds: WorkingBuildsRecorder;
  readonly bounds: CallBounds;
  /** Takes a line for the service's log. */
  readonly log: (line: string) => void;
}

export class Sweeps implements Leased {
  private readonly feeds = new Feeds<SweepEvent>();
  private readonly lifecycle: Lifecycle<typeof CreateSweepRequestSchema, SweepExecution>;

  constructor(private readonly options: SweepsOptions) {
    const { records, log } = options;
    this.lifecycle = new Lifecycle({
      noun: 'sweep',
      records,
      log,
      execution: (record) => this.execution(record),
      publish: (record) => this.publish(record.id),
    });
  }

  /**
   * To be called after `start` of the comparisons. The last coordinator may have died after it paused or cancelled a
   * sweep and before it did the same to its comparisons; that is done now.
   */
  start(fencingToken: number): Promise<void> {
    const { comparisons } = this.options;
    return this.lifecycle.start(fencingToken, async (record) => {
      if (record.state === RunState.PAUSED) await pauseAll(comparisons, comparisonsOf(record));
      if (record.state === RunState.CANCELLED) await this.cancelComparisons(record);
    });
  }

  suspend(why: UserError): Promise<void> {
    return this.lifecycle.suspend(why);
  }

  /** Starts a sweep, or returns the one with this id. Refuses another sweep under an existing id. */
  async create(request: CreateSweepRequest, signal: AbortSignal): Promise<Sweep> {
    this.lifecycle.leased();
    const found = await this.lifecycle.find(request.id);
    if (found !== undefined) return this.returnFound(found, request);
    await checkPoints(request);
    const { connections, builds, records } = this.options;
    await resolveCheckpoint(connections, request.base!, signal);
    await this.checkBeginnings(request, signal);
    await builds.checkAgreement(signal);
    const record: SweepRecord = {
      id: request.id,
      request,
      state: RunState.RUNNING,
      failure: '',
      failureReason: '',
      createdMs: Date.now(),
    };
    if (!(await records.insert(record)))
      return this.returnFound(await this.lifecycle.find(request.id), request);
    this.lifecycle.execute(record);
    return this.viewOf(record);
  }

  async get(id: string): Promise<Sweep> {
    return this.viewOf(await this.lifecycle.need(id));
  }

  /** Sweeps by id. */
  async list(afterId: string, limit: number): Promise<Sweep[]> {
    const records = await this.lifecycle.list(afterId, limit);
    return Promise.all(records.map((record) => this.viewOf(record)));
  }

  /** Pauses a sweep and its comparisons. */
  async pause(id: string): Promise<Sweep> {
    const record = await this.lifecycle.pause(id);
    await pauseAll(this.options.comparisons, comparisonsOf(record));
    return this.get(id);
  }

  /** Resumes a sweep and its comparisons. Throws BUILD_CHANGED as comparisons do. */
  async resume(id: string, allowVersionChange: boolean, signal: AbortSignal): Promise<Sweep> {
    const record = await this.lifecycle.settled(id);
    const isStopped = record.state === RunState.PAUSED || record.state === RunState.FAILED;
    // Before the sweep itself: it stays as it is where a comparison is refused, and fails no second time of it.
    if (isStopped || record.state === RunState.RUNNING)
      await resumeAll(this.options.comparisons, comparisonsOf(record), allowVersionChange, signal);
    await this.lifecycle.resume(id);
    return this.get(id);
  }

  /** Cancels a sweep and its comparisons. */
  async cancel(id: string): Promise<Sweep> {
    const record = await this.lifecycle.cancel(id, async () =>
      this.cancelComparisons(await this.lifecycle.need(id)),
    );
    return this.viewOf(record);
  }

  feed(id: string): SweepFeed {
    return this.feeds.of(id);
  }

  /**
   * Refuses points that cannot begin: an id that has another comparison, or a cancelled one, and work that does not
   * fit.
   */
  private async checkBeginnings(request: CreateSweepRequest, signal: AbortSignal): Promise<void> {
    const { comparisons, connections } = this.options;
    const problems = new PointProblems(request.points);
    for (const [i, point] of request.points.entries()) {
      const asked = pointRequest(request, point);
      const kept = await comparisons.kept(asked.id);
      if (kept === undefined) {
        await withPlannedCompute(connections, asked, signal).catch((error: unknown) => {
          if (!(error instanceof UserError) || error.reason !== 'RESOURCE_EXHAUSTED') throw error;
          problems.add(i, error.message);
        });
      } else if (!haveEqualInputs(kept.request, withComputeOf(asked, kept.request))) {
        problems.add(i, `comparison "${asked.id}" exists with another configuration, base or problems`);
      } else if (kept.state === RunState.CANCELLED) {
        problems.add(i, `comparison "${asked.id}" was cancelled and cannot be finished; choose another id`);
      }
    }
    problems.refuse();
  }

  /** Cancels the comparisons of a sweep that no other sweep has as points. */
  private async cancelComparisons({ id, request }: SweepRecord): Promise<void> {
    const others = new Set<string>();
    for await (const other of this.lifecycle.all())
      if (other.id !== id && other.state !== RunState.CANCELLED)
        for (const { comparisonId } of other.request.points) others.add(comparisonId);
    const own = request.points.map(({ comparisonId }) => comparisonId).filter((own) => !others.has(own));
    await cancelAll(this.options.comparisons, own);
  }

  private async publish(id: string): Promise<void> {
    this.feed(id).publish({ sweep: await this.get(id) });
  }

  private execution(record: SweepRecord): SweepExecution {
    const { comparisons, connections, builds, bounds } = this.options;
    return new SweepExecution({
      record,
      comparisons,
      connections,
      builds,
      unavailableMs: bounds.unavailableMs,
      feed: this.feed(record.id),
      publish: () => this.publish(record.id),
    });
  }

  private async viewOf({
    id,
    request,
    state,
    failure,
    failureReason,
    createdMs,
  }: SweepRecord): Promise<Sweep> {
    const { arms, seeds } = wantedOf([{ arms: request.arms, seeds: request.seeds, units: [] }]);
    return create(SweepSchema, {
      id,
      state,
      config: request.config!,
      base: request.base!,
      arms: [...arms],
      seeds: { teachers: [...seeds.teachers], students: [...seeds.students], alone: [...seeds.alone] },
      points: await Promise.all(request.points.map((point) => this.statusOf(request, point))),
      failure,
      failureReason,
      createTime: timestampFromMs(createdMs),
    });
  }

  private async statusOf(request: CreateSweepRequest, point: SweepPoint): Promise<SweepPointStatus> {
    const kept = await this.options.comparisons.kept(point.comparisonId);
    const wanted = kept?.wanted ?? wantedOf([{ arms: request.arms, seeds: request.seeds, units: [] }]);
    const { teachers, students } = unitsOf(wanted.arms, wanted.seeds);
    const names = [...teachers, ...students].map(({ name }) => name);
    return create(SweepPointStatusSchema, {
      point,
      state: kept?.state ?? RunState.UNSPECIFIED,
      unitsDone: names.filter((name) => kept?.finished.has(name)).length,
      unitsTotal: names.length,
      unitsShared: names.filter((name) => kept?.finished.has(name) && kept.wanted.given.has(name)).length,
    });
  }

  private async returnFound(found: SweepRecord | undefined, request: CreateSweepRequest): Promise<Sweep> {
    if (found !== undefined && equals(CreateSweepRequestSchema, found.request, request)) {
      // An attempt whose answer was lost may have inserted it without executing it.
      if (found.state === RunState.RUNNING) this.lifecycle.execute(found);
      return this.viewOf(found);
    }
    const what =
      found === undefined
        ? `"${request.id}" is the id of a run or a comparison; choose another id`
        : `sweep "${request.id}" exists with other points or inputs; choose another id`;
    throw new UserError(what, 'ALREADY_EXISTS', 'id');
  }
}

function comparisonsOf({ request }: SweepRecord): string[] {
  return request.points.map(({ comparisonId }) => comparisonId);
}
