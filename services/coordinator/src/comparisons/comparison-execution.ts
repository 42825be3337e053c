/**
 * Executes one comparison, from the last entry of its journal until every unit is finished: teachers first, and the
 * students of each teacher as soon as it is finished, with a bounded number of each at a time.
 *
 * Every unit is a named, memoised step like those of a run. A unit in the journal is not made again, and neither is one
 * that the client has supplied. One instance is one attempt, from a start or resume to its end; pausing closes a gate.
 */
import {
  type ComparisonUnit,
  ComparisonUnitSchema,
  create,
  CheckpointRefSchema,
  type HeldOutOutcomes,
  HeldOutOutcomesSchema,
  type TeacherUnit,
} from '@soar/contracts';
import { InvariantError, Semaphore } from '@soar/core';
import { askedDomain } from '@soar/domains';
import { expectingBuilds, type Fingerprints } from '@soar/grpc-kit';
import type { RunJournal } from '@soar/store';
import { type Connections } from '../clients/connections.js';
import { type CallBounds, grpcServices } from '../clients/grpc-services.js';
import { comparisonEntries } from '../journal/addresses.js';
import { Gate } from '../journal/gate.js';
import { checkFormat } from '../journal/journal-format.js';
import { journaledSteps } from '../journal/journaled-steps.js';
import type { Durable } from '../loop/run-context.js';
import type { Execution } from '../resources/lifecycle.js';
import { completeConfig } from '../runs/run-rules.js';
import type { Runs } from '../runs/runs.js';
import type { ComparisonContext } from './comparison-context.js';
import type { ComparisonFeed } from './comparison-feed.js';
import type { ComparisonRecord, Wanted } from './comparison-records.js';
import { evaluateHeldOut } from './held-out.js';
import { makeStudent } from './student-unit.js';
import { runToSuccess } from './teacher-runs.js';
import { makeTeacher } from './teacher-unit.js';
import { teacherRun, type Units, unitsOf } from './unit-plan.js';

/** Two teachers at a time: while one is updated, which takes one worker, students of the other use the rest. */
const TEACHERS_AT_ONCE = 2;
/** Students at a time beside those of teachers. Trainers queue what they cannot take; no result depends on it. */
const STUDENTS_AT_ONCE = 16;

export interface ComparisonExecutionOptions {
  readonly record: ComparisonRecord;
  /** The current arms, seeds and supplied units. */
  readonly wanted: () => Promise<Wanted>;
  readonly fencingToken: number;
  /** Admits the builds that are there, or throws; retries while one of them is away. */
  readonly admit: (signal: AbortSignal) => Promise<void>;
  /** The builds that were admitted. */
  readonly expected: () => Fingerprints;
  /** An error of the work, with what has changed where a service was replaced under it. */
  readonly explained: (error: unknown) => Promise<Error>;
  /** Whether another build than the first was ever allowed: then so it is for the runs of teachers. */
  readonly isVersionChangeAllowed: () => Promise<boolean>;
  readonly journal: RunJournal;
  readonly runs: Runs;
  readonly connections: Connections;
  readonly bounds: CallBounds;
  readonly fanOutMax: number;
  readonly feed: ComparisonFeed;
}

export class ComparisonExecution implements Execution {
  readonly gate = new Gate();
  private readonly abort = new AbortController();
  private readonly durable: Durable;
  /** Whether it was extended since the units were last planned. */
  private isExtended = false;
  private isOver = false;
  private admission: Promise<void> = Promise.resolve();

  constructor(private readonly options: ComparisonExecutionOptions) {
    const { journal, fanOutMax } = options;
    this.durable = journaledSteps({ journal, gate: this.gate, abort: this.abort, fanOutMax });
  }

  stop(reason: Error): void {
    this.abort.abort(reason);
  }

  /** Makes the execution plan its units again; false when it has already ended. */
  extended(): boolean {
    this.isExtended = true;
    return !this.isOver;
  }

  /** Settles once the work is admitted; rejects when it is refused. */
  get admitted(): Promise<void> {
    return this.admission;
  }

  async work(): Promise<void> {
    try {
      this.admission = this.admit();
      await this.admission;
      await expectingBuilds(this.options.expected, () => this.makeUnits());
    } catch (error) {
      throw await this.options.explained(error);
    }
  }

  private async admit(): Promise<void> {
    const { record, journal, admit } = this.options;
    await checkFormat(`comparison ${record.id}`, journal);
    await admit(this.abort.signal);
  }

  private async makeUnits(): Promise<void> {
    const context = await this.context();
    do {
      this.isExtended = false;
      const { arms, seeds, given } = await this.options.wanted();
      await this.makeAll(context, unitsOf(arms, seeds), given);
    } while (this.isExtended);
    this.isOver = true;
  }

  private async context(): Promise<ComparisonContext> {
    const { record, connections, bounds, fencingToken, feed, runs } = this.options;
    const { request } = record;
    const { gate } = this;
    const { signal } = this.abort;
    const { compute, domainDefinition } = request.config ?? {};
    const calls = { signal, fencingToken, bounds, compute, domainDefinition };
    const services = grpcServices(connections, calls);
    const base = await this.durable.step(comparisonEntries.base, CheckpointRefSchema, () =>
      services.resolve(request.base!),
    );
    const config = completeConfig(request.config);
    const allowVersionChange = await this.options.isVersionChangeAllowed();
    const untrained = new Map<number, Promise<HeldOutOutcomes>>();
    const context: ComparisonContext = {
      request,
      config,
      domain: askedDomain(config.domain, config.domainDefinition),
      base,
      services,
      step: (name, schema, work) => this.durable.step(name, schema, work),
      teacherRun: (task) => {
        const progress = feed.track(task.name, config.outerSteps, 'outer steps');
        const onStepsDone = (done: number): void => progress.update(task.name, done);
        return runToSuccess(teacherRun(request, task), {
          runs,
          gate,
          signal,
          allowVersionChange,
          onStepsDone,
        });
      },
      untrained: (seed) => {
        const known =
          untrained.get(seed) ??
          this.durable.step(comparisonEntries.untrained(seed), HeldOutOutcomesSchema, () =>
            evaluateHeldOut(context, base, seed),
          );
        untrained.set(seed, known);
        return known;
      },
      track: (activity, total, unit) => feed.track(activity, total, unit),
      now: () => performance.now() / 1000,
    };
    return context;
  }

  /**
   * Makes the missing units. One failure ends the attempt: it cancels the others, and waits for them to settle.
   */
  private async makeAll(
    context: ComparisonContext,
    { teachers, students }: Units,
    given: Wanted['given'],
  ): Promise<void> {
    const progress = this.options.feed.track('units', teachers.length + students.length, 'units');
    const teacherPermits = new Semaphore(TEACHERS_AT_ONCE);
    const studentPermits = new Semaphore(Math.min(STUDENTS_AT_ONCE, this.options.fanOutMax));
    const unit = async (
      name: string,
      permits: Semaphore,
      make: () => Promise<ComparisonUnit['result']>,
    ): Promise<ComparisonUnit> => {
      const supplied = given.get(name);
      const made = await permits.run(() => this.unit(name, async () => supplied?.result ?? make()));
      progress.update(name, 1);
      return made;
    };
    const teacherUnits = new Map<string, Promise<ComparisonUnit>>();
    for (const task of teachers) {
      const make = async () => ({ case: 'teacher', value: await makeTeacher(context, task) }) as const;
      teacherUnits.set(task.name, this.abortOnFailure(unit(task.name, teacherPermits, make)));
    }
    const studentUnits = students.map(async (task) => {
      const teacher = task.teacher && teacherIn(await teacherUnits.get(task.teacher.name)!);
      const make = async () =>
        ({ case: 'student', value: await makeStudent(context, task, teacher) }) as const;
      return unit(task.name, studentPermits, make);
    });
    const all = await Promise.allSettled([
      ...teacherUnits.values(),
      ...studentUnits.map((work) => this.abortOnFailure(work)),
    ]);
    if (all.some(({ status }) => status === 'rejected')) throw this.abort.signal.reason;
  }

  /** `work`, whose failure ends the attempt. */
  private async abortOnFailure<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.abort.abort(error);
      throw error;
    }
  }

  /** The unit of this name, from the journal or made now. A new one is published. */
  private async unit(name: string, make: () => Promise<ComparisonUnit['result']>): Promise<ComparisonUnit> {
    let isNew = false;
    this.abort.signal.throwIfAborted();
    const unit = await this.durable.step(comparisonEntries.unit(name), ComparisonUnitSchema, async () => {
      isNew = true;
      return create(ComparisonUnitSchema, { name, result: await make() });
    });
    if (isNew) this.options.feed.publish({ unit });
    return unit;
  }
}

function teacherIn({ name, result }: ComparisonUnit): TeacherUnit {
  if (result.case === 'teacher') return result.value;
  throw new InvariantError(`comparison: unit ${name} is expected to be a teacher's`);
}
