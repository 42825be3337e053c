/**
 * Executes one run, from the last entry of its journal to its report.
 *
 * One instance is one attempt, from a start or resume until the run has SUCCEEDED, FAILED or is CANCELLED, or until the
 * coordinator stops and leaves the run to the next one. Pausing closes a gate before new steps and unwinds nothing.
 */
import {
  create,
  type CreateRunRequest,
  fromBinary,
  resolvedConfig,
  Retention,
  type RunReport,
  RunReportSchema,
  TimingSchema,
  timestampFromMs,
} from '@soar/contracts';
import { messageOf } from '@soar/core';
import { askedDomain } from '@soar/domains';
import { expectingBuilds, type Fingerprints } from '@soar/grpc-kit';
import type { ArtifactStore, RunJournal } from '@soar/store';
import type { Carrier } from '@soar/telemetry';
import { attributes, type Log } from '@soar/telemetry';
import { isStepPart, parts, REPORT_PREFIX } from '../journal/addresses.js';
import { endOfRun, promotedStudent } from '../arms/end-of-run.js';
import { copySteps } from './fork.js';
import { Gate } from '../journal/gate.js';
import { type Connections } from '../clients/connections.js';
import { type CallBounds, grpcServices } from '../clients/grpc-services.js';
import { checkFormat } from '../journal/journal-format.js';
import { journaledSteps } from '../journal/journaled-steps.js';
import { Recovery } from '../artifacts/recovery.js';
import { outerLoop } from '../loop/outer-loop.js';
import { reportHead, sumReport } from './report.js';
import { leaveArtifacts } from './report-files.js';
import type { RunArtifacts } from '../artifacts/run-artifacts.js';
import type { Execution } from '../resources/lifecycle.js';
import type { RunContext } from '../loop/run-context.js';
import type { RunFeed } from './run-feed.js';
import { trainedAdapters } from './run-compute.js';
import { completeConfig } from './run-rules.js';
import { tracedIn, traceRun } from './tracing.js';
import { versions } from './versions.js';

export interface ExecutionOptions {
  readonly request: CreateRunRequest;
  /** When the run was created, Unix milliseconds. */
  readonly createdMs: number;
  /** Fencing token of the coordinator's lease. */
  readonly fencingToken: number;
  readonly journal: RunJournal;
  /** Journals of other runs, for a fork. */
  readonly journalOf: (id: string) => Pick<RunJournal, 'get'>;
  /** Admits the builds that are there, or throws; retries while one of them is away. */
  readonly admit: (signal: AbortSignal) => Promise<void>;
  /** The builds that were admitted. */
  readonly expected: () => Fingerprints;
  /** An error of the work, with what has changed where a service was replaced under it. */
  readonly explained: (error: unknown) => Promise<Error>;
  readonly connections: Connections;
  readonly bounds: CallBounds;
  readonly feed: RunFeed;
  /** The artifact store, shared with the trainers. */
  readonly store: ArtifactStore;
  /** Sweeps artifacts that the run no longer needs. */
  readonly artifacts: Pick<RunArtifacts, 'sweep' | 'sweepStep'>;
  /** Takes a line for the service's log. */
  readonly log: Log;
  readonly fanOutMax: number;
}

export class RunExecution implements Execution {
  readonly gate = new Gate();
  private readonly abort = new AbortController();
  private sweeping: Promise<unknown> = Promise.resolve();

  private admission: Promise<void> = Promise.resolve();

  constructor(private readonly options: ExecutionOptions) {}

  /** Settles once the work is admitted; rejects when it is refused. */
  get admitted(): Promise<void> {
    return this.admission;
  }

  stop(reason: Error): void {
    this.abort.abort(reason);
  }

  async work(): Promise<void> {
    try {
      this.admission = this.admit();
      await this.admission;
      await expectingBuilds(this.options.expected, () =>
        traceRun(this.options.request.id, (root) => this.workTraced(root)),
      );
    } catch (error) {
      throw await this.options.explained(error);
    } finally {
      await this.sweeping;
    }
  }

  private async admit(): Promise<void> {
    const { request, journal, admit } = this.options;
    await checkFormat(`run ${request.id}`, journal);
    await admit(this.abort.signal);
  }

  private async workTraced(root: Carrier): Promise<void> {
    const { request, journal, journalOf, connections, feed, store, fanOutMax, bounds, fencingToken } =
      this.options;
    const { signal } = this.abort;
    const durable = journaledSteps({ journal, gate: this.gate, abort: this.abort, fanOutMax });
    const recovery = new Recovery({ run: () => run, journal, store, log: this.options.log });
    const { compute, domainDefinition } = request.config ?? {};
    const calls = { signal, fencingToken, bounds, compute, domainDefinition };
    const services = recovery.wrap(grpcServices(connections, calls));
    const head = await durable.step(parts.head, RunReportSchema, async () => {
      const base = await services.resolve(request.base!);
      const resolved = resolvedConfig(request.config!, await trainedAdapters(services, request));
      return create(RunReportSchema, {
        ...reportHead({ ...request, base, config: resolved }, versions()),
        timing: create(TimingSchema, { startTime: timestampFromMs(this.options.createdMs) }),
      });
    });
    const config = completeConfig(request.config);
    const run: RunContext = {
      id: request.id,
      config,
      base: head.base!,
      train: request.trainProblems,
      test: request.testProblems,
      domain: askedDomain(config.domain, config.domainDefinition),
      services,
      durable,
      track: (activity, total, unit) => feed.track(activity, total, unit),
      traced: tracedIn(request.id, root),
      now: () => performance.now() / 1000,
    };

    const publish = (part: RunReport): void => {
      for (const step of part.steps) feed.publish({ step });
      for (const arm of part.arms) feed.publish({ arm });
    };
    const { fork } = request;
    if (fork !== undefined) await copySteps(run, fork.runId, fork.fromStep, journalOf(fork.runId));
    const before = (await journal.names()).filter(isStepPart).length;
    let previous: RunReport | undefined;
    const state = await outerLoop(
      run,
      (part) => {
        publish(part);
        if (part.steps[0]!.outerStep >= before) this.sweep(() => this.sweepAfter(part, previous));
        previous = part;
      },
      fork?.fromStep,
    );
    await endOfRun(run, state, publish);
    const student = await promotedStudent(run, state);
    await durable.step(parts.end, RunReportSchema, async () =>
      create(RunReportSchema, {
        timing: { endTime: timestampFromMs(Date.now()) },
        ...(state.stopped === undefined ? {} : { stopped: state.stopped }),
      }),
    );
    // Read back rather than kept: memory does not grow with the length of the run.
    const written = (await journal.values(REPORT_PREFIX)).map((bytes) => fromBinary(RunReportSchema, bytes));
    await recovery.withRecovery([student], () =>
      leaveArtifacts(
        store,
        { report: sumReport(head, written), student, log: this.options.log },
        { fencingToken },
      ),
    );
    // Once more over all steps: an attempt that ended early has not swept its last step.
    this.sweep(() => this.options.artifacts.sweep(request.id, Retention.UNSPECIFIED, { fencingToken }));
  }

  /** Sweeps this step and the one before, whose teacher, say, may no longer be needed. */
  private sweepAfter(part: RunReport, previous: RunReport | undefined): Promise<unknown> {
    const { artifacts, request, fencingToken } = this.options;
    const parts = previous === undefined ? [part] : [previous, part];
    return artifacts.sweepStep(request.id, request.config!.retention, parts, { fencingToken });
  }

  /** Sweeps in the background. A failed sweep is only logged: the next one removes what it left. */
  private sweep(work: () => Promise<unknown>): void {
    this.sweeping = this.sweeping
      .then(() => (this.abort.signal.aborted ? undefined : work()))
      .catch((error: unknown) =>
        this.options.log(`run ${this.options.request.id}: not swept: ${messageOf(error)}`, 'warn', {
          [attributes.runId]: this.options.request.id,
        }),
      );
  }
}
