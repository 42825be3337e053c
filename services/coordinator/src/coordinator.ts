/** What a coordinator executes under its lease: runs, comparisons, whose teachers runs train, and sweeps of them. */
import type { Build } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ArtifactStore, RunDatabase } from '@soar/store';
import type { Log } from '@soar/telemetry';
import { WorkingBuildsRecorder } from './builds/working-builds.js';
import type { Connections } from './clients/connections.js';
import type { CallBounds } from './clients/grpc-services.js';
import { ComparisonRecords } from './comparisons/comparison-records.js';
import { Comparisons } from './comparisons/comparisons.js';
import { comparisonRoutes } from './comparisons/comparison-routes.js';
import type { Leased } from './resources/lease.js';
import { coordinatorRoutes } from './routes.js';
import { RunRecords } from './runs/run-records.js';
import { Runs } from './runs/runs.js';
import { SweepRecords } from './sweeps/sweep-records.js';
import { sweepRoutes } from './sweeps/sweep-routes.js';
import { Sweeps } from './sweeps/sweeps.js';

export interface CoordinatorOptions {
  /** What build this coordinator is. */
  readonly build: Build;
  readonly database: RunDatabase;
  readonly connections: Connections;
  readonly bounds: CallBounds;
  readonly store: ArtifactStore;
  /** Calls of one fan-out in flight at a time. */
  readonly fanOutMax: number;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

export class Coordinator implements Leased {
  readonly runs: Runs;
  readonly comparisons: Comparisons;
  readonly sweeps: Sweeps;

  private readonly store: ArtifactStore;

  constructor({ database, store, build, ...shared }: CoordinatorOptions) {
    const { connections, bounds } = shared;
    this.store = store;
    const builds = new WorkingBuildsRecorder({
      build,
      ask: (options) => connections.builds(options),
      unavailableMs: bounds.unavailableMs,
    });
    this.runs = new Runs({ ...shared, builds, store, records: new RunRecords(database) });
    this.comparisons = new Comparisons({
      ...shared,
      builds,
      runs: this.runs,
      records: new ComparisonRecords(database),
    });
    this.sweeps = new Sweeps({
      ...shared,
      builds,
      comparisons: this.comparisons,
      records: new SweepRecords(database),
    });
  }

  get services() {
    return [coordinatorRoutes(this.runs), comparisonRoutes(this.comparisons), sweepRoutes(this.sweeps)];
  }

  async start(fencingToken: number): Promise<void> {
    // Before any call carries it: the artifact store refuses tokens that nobody was issued.
    await this.store.issue(fencingToken);
    await this.runs.start(fencingToken);
    await this.comparisons.start(fencingToken);
    await this.sweeps.start(fencingToken);
  }

  async suspend(why: UserError): Promise<void> {
    await this.sweeps.suspend(why);
    await this.comparisons.suspend(why);
    await this.runs.suspend(why);
  }

  /** Stops executions. What is RUNNING stays so, for the next coordinator. */
  stop(): Promise<void> {
    return this.suspend(new UserError('the coordinator is stopping', 'CANCELLED'));
  }
}
