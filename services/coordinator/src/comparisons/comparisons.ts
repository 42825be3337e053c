/**
 * Comparisons as resources: create, extend, read, watch, pause, resume, cancel. States and executions are in
 * resources/lifecycle.ts, as those of runs; what one execution does is in comparison-execution.ts.
 */
import {
  type Comparison,
  ComparisonSchema,
  type ComparisonUnit,
  ComparisonUnitSchema,
  create,
  type CreateComparisonRequest,
  type CreateComparisonRequestSchema,
  type ExtendComparisonRequest,
  fromBinary,
  RunState,
  timestampFromMs,
  type WorkingBuilds,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Log } from '@soar/telemetry';
import { type Connections } from '../clients/connections.js';
import { type CallBounds, cancelTrainings, resolveCheckpoint } from '../clients/grpc-services.js';
import type { Worked } from '../builds/admission.js';
import { builtComparison, comparisonBuilds } from '../builds/comparison-builds.js';
import type { WorkingBuildsRecorder } from '../builds/working-builds.js';
import { comparisonEntries, UNIT_PREFIX } from '../journal/addresses.js';
import { cancelAll, pauseAll, resumeAll } from '../resources/dependents.js';
import { Feeds } from '../resources/feed.js';
import type { Leased } from '../resources/lease.js';
import { Lifecycle } from '../resources/lifecycle.js';
import { withComputeOf, withPlannedCompute } from '../runs/run-compute.js';
import type { Runs } from '../runs/runs.js';
import { ComparisonExecution } from './comparison-execution.js';
import type { ComparisonEvent, ComparisonFeed } from './comparison-feed.js';
import {
  type ComparisonRecord,
  type ComparisonRecords,
  type Wanted,
  wantedOf,
} from './comparison-records.js';
import { checkArmNames, checkComparison, checkUnits, haveEqualInputs } from './comparison-rules.js';
import { teacherRunIds, unitsOf } from './unit-plan.js';

export interface ComparisonsOptions {
  readonly records: ComparisonRecords;
  /** The runs of the same coordinator, which train the teachers. */
  readonly runs: Runs;
  readonly connections: Connections;
  /** Which builds may work on a comparison. */
  readonly builds: WorkingBuildsRecorder;
  readonly bounds: CallBounds;
  readonly fanOutMax: number;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

/** A comparison as it is stored. */
export interface KeptComparison {
  readonly state: RunState;
  readonly request: CreateComparisonRequest;
  readonly wanted: Wanted;
  /** Names of finished units. */
  readonly finished: ReadonlySet<string>;
  readonly builds: readonly WorkingBuilds[];
}

export class Comparisons implements Leased {
  private readonly feeds = new Feeds<ComparisonEvent>();
  private readonly lifecycle: Lifecycle<typeof CreateComparisonRequestSchema, ComparisonExecution>;

  constructor(private readonly options: ComparisonsOptions) {
    const { records, log } = options;
    this.lifecycle = new Lifecycle({
      noun: 'comparison',
      records,
      log,
      execution: (record, fencingToken) => this.execution(record, fencingToken),
      publish: async (record) => this.feed(record.id).publish({ comparison: await this.viewOf(record) }),
    });
  }

  /**
   * To be called after `start` of the runs. The last coordinator may have died after it paused or cancelled a
   * comparison and before it did the same to the runs of its teachers; that is done now.
   */
  start(fencingToken: number): Promise<void> {
    const { runs } = this.options;
    return this.lifecycle.start(fencingToken, async (record) => {
      runs.artifacts.registerComparison(record.id, record.request.base!.key);
      if (record.state === RunState.PAUSED) await pauseAll(runs, await this.teachersOf(record));
      if (record.state === RunState.CANCELLED) await cancelAll(runs, await this.teachersOf(record));
    });
  }

  suspend(why: UserError): Promise<void> {
    return this.lifecycle.suspend(why);
  }

  /** Starts a comparison, or returns the one with this id. Refuses other inputs under an existing id. */
  async create(request: CreateComparisonRequest, signal: AbortSignal): Promise<Comparison> {
    this.lifecycle.leased();
    const found = await this.lifecycle.find(request.id);
    if (found !== undefined) return this.returnFound(found, request);
    checkArmNames(request.arms);
    checkComparison(request, wantedOf([request]));
    checkUnits(request.units, request);
    // A missing or damaged model, and one that cannot fit, is refused before the comparison is created.
    const { connections, builds } = this.options;
    await resolveCheckpoint(connections, request.base!, signal);
    await builds.checkAgreement(signal);
    const record: ComparisonRecord = {
      id: request.id,
      request: await withPlannedCompute(connections, request, signal),
      state: RunState.RUNNING,
      failure: '',
      failureReason: '',
      createdMs: Date.now(),
    };
    const { artifacts } = this.options.runs;
    const insert = async (): Promise<boolean> => {
      if (!(await this.options.records.insert(record))) return false;
      artifacts.registerComparison(record.id, request.base!.key);
      return true;
    };
    const isNew = await (artifacts.isSwept(request.base!.key) ? artifacts.exclusively(insert) : insert());
    if (!isNew) return this.returnFound(await this.lifecycle.find(request.id), request);
    this.lifecycle.execute(record);
    return this.viewOf(record);
  }

  /** Adds arms, seeds and units. A comparison that has SUCCEEDED runs again when units are missing. */
  async extend(extension: ExtendComparisonRequest): Promise<Comparison> {
    const record = await this.lifecycle.settled(extension.id);
    if (record.state === RunState.CANCELLED) {
      throw this.lifecycle.wrongState(record, 'extended', 'running, paused, failed or finished');
    }
    checkArmNames(extension.arms);
    checkUnits(extension.units, record.request);
    const before = await this.options.records.wanted(record);
    checkComparison(record.request, wantedOf([{ ...before, units: [] }, extension]));
    if (!(await this.options.records.extend(record, extension))) return this.viewOf(record);
    const working = this.lifecycle.executionOf(record.id);
    if (working?.extended() === true) return this.get(record.id);
    await this.lifecycle.ended(record.id);
    const now = await this.lifecycle.settled(record.id);
    return this.viewOf(now.state === RunState.SUCCEEDED ? await this.lifecycle.run(now) : now);
  }

  async get(id: string): Promise<Comparison> {
    return this.viewOf(await this.lifecycle.need(id));
  }

  /** The state of a comparison; undefined when none has this id. */
  async stateOf(id: string): Promise<RunState | undefined> {
    return (await this.lifecycle.find(id))?.state;
  }

  /** A comparison as it is stored, with all that it consists of; undefined when none has this id. */
  async kept(id: string): Promise<KeptComparison | undefined> {
    const { records } = this.options;
    const record = await this.lifecycle.find(id);
    if (record === undefined) return undefined;
    const { state, request } = record;
    const wanted = await records.wanted(record);
    return {
      state,
      request,
      wanted,
      finished: await this.finished(id),
      builds: await comparisonBuilds(records.journal(id)),
    };
  }

  /** Comparisons by id. */
  async list(afterId: string, limit: number): Promise<Comparison[]> {
    const records = await this.lifecycle.list(afterId, limit);
    return Promise.all(records.map((record) => this.viewOf(record)));
  }

  /** Names of the finished units after `afterName`, in order. */
  async unitNames(id: string, afterName: string): Promise<string[]> {
    await this.lifecycle.need(id);
    return [...(await this.finished(id))].filter((name) => name > afterName).sort();
  }

  /** A finished unit. */
  async unit(id: string, name: string): Promise<ComparisonUnit> {
    const kept = await this.options.records.journal(id).get(comparisonEntries.unit(name));
    return fromBinary(ComparisonUnitSchema, kept!);
  }

  /** Pauses a comparison and the runs of its teachers. */
  async pause(id: string): Promise<Comparison> {
    const record = await this.lifecycle.pause(id);
    await pauseAll(this.options.runs, await this.teachersOf(record));
    return this.viewOf(record);
  }

  /** Resumes a comparison and the runs of its teachers. Throws BUILD_CHANGED as runs do. */
  async resume(id: string, allowVersionChange: boolean, signal: AbortSignal): Promise<Comparison> {
    const { builds, runs } = this.options;
    const working = this.lifecycle.executionOf(id);
    if (allowVersionChange) await working?.admitted.catch(() => this.lifecycle.ended(id));
    const before = await this.lifecycle.settled(id);
    if (before.state === RunState.PAUSED || before.state === RunState.FAILED)
      await builds.admit(this.worked(before), allowVersionChange, signal);
    const record = await this.lifecycle.resume(id);
    await resumeAll(runs, await this.teachersOf(record), allowVersionChange, signal);
    return this.viewOf(record);
  }

  /** Cancels a comparison, its trainings and the runs of its teachers. */
  async cancel(id: string): Promise<Comparison> {
    const { connections, runs } = this.options;
    const record = await this.lifecycle.cancel(id, async () => {
      await cancelAll(runs, await this.teachersOf(await this.lifecycle.need(id)));
      await cancelTrainings(connections, id);
    });
    return this.viewOf(record);
  }

  feed(id: string): ComparisonFeed {
    return this.feeds.of(id);
  }

  /** Names of the finished units. */
  private async finished(id: string): Promise<Set<string>> {
    const names = await this.options.records.journal(id).names();
    return new Set(
      names.filter((name) => name.startsWith(UNIT_PREFIX)).map((name) => name.slice(UNIT_PREFIX.length)),
    );
  }

  private worked(record: ComparisonRecord): Worked {
    const { records } = this.options;
    return builtComparison(record.id, records.journal(record.id), async () => {
      const { arms, seeds } = await records.wanted(record);
      const { teachers, students } = unitsOf(arms, seeds);
      const names = teachers.map(({ name }) => name);
      return { teachers: names, all: [...names, ...students.map(({ name }) => name)] };
    });
  }

  private async teachersOf(record: ComparisonRecord): Promise<string[]> {
    const { arms, seeds } = await this.options.records.wanted(record);
    return teacherRunIds(record.id, unitsOf(arms, seeds));
  }

  private async viewOf(record: ComparisonRecord): Promise<Comparison> {
    const { id, request, state, failure, failureReason, createdMs } = record;
    const { arms, seeds } = await this.options.records.wanted(record);
    const { teachers, students } = unitsOf(arms, seeds);
    const finished = await this.finished(id);
    const planned = [...teachers, ...students];
    return create(ComparisonSchema, {
      id,
      state,
      config: request.config!,
      base: request.base!,
      arms: [...arms],
      seeds: { teachers: [...seeds.teachers], students: [...seeds.students], alone: [...seeds.alone] },
      unitsDone: planned.filter(({ name }) => finished.has(name)).length,
      unitsTotal: planned.length,
      failure,
      failureReason,
      createTime: timestampFromMs(createdMs),
      builds: await comparisonBuilds(this.options.records.journal(id)),
    });
  }

  private execution(record: ComparisonRecord, fencingToken: number): ComparisonExecution {
    const { records, builds, ...shared } = this.options;
    const { id } = record;
    const worked = this.worked(record);
    const wanted = () => records.wanted(record);
    return new ComparisonExecution({
      ...shared,
      admit: (signal) => builds.admitWaiting(worked, signal),
      expected: () => builds.expectedFor(id),
      explained: (error) => builds.explained(worked, error),
      isVersionChangeAllowed: async () =>
        (await worked.kept()).some(({ versionChangeAllowed }) => versionChangeAllowed),
      record,
      wanted,
      fencingToken,
      journal: records.journal(id),
      feed: this.feed(id),
    });
  }

  private async returnFound(
    found: ComparisonRecord | undefined,
    request: CreateComparisonRequest,
  ): Promise<Comparison> {
    const isFound =
      found !== undefined && haveEqualInputs(found.request, withComputeOf(request, found.request));
    if (isFound) {
      // An attempt whose answer was lost may have inserted it without executing it.
      if (found.state === RunState.RUNNING) this.lifecycle.execute(found);
      return this.viewOf(found);
    }
    const what =
      found === undefined
        ? `"${request.id}" is the id of a run; choose another id`
        : `comparison "${request.id}" exists with another configuration, base or problems; choose another id`;
    throw new UserError(what, 'ALREADY_EXISTS', 'id');
  }
}
