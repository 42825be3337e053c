/**
 * One run under one schedule of faults, in one process and in simulated time. Real: the coordinator (runs, loop,
 * journaled steps, lease, replica pool, retries), the ledger and the scoring. Simulated: the network, the database,
 * the trainers and the teacher.
 */
import {
  BuildSchema,
  create,
  MetaRewardService,
  RunState,
  TeacherService,
  TrainerService,
} from '@soar/contracts';
import { WorkingBuildsRecorder } from '@soar/coordinator/dist/builds/working-builds.js';
import { Runs } from '@soar/coordinator/dist/runs/runs.js';
import { RunRecords } from '@soar/coordinator/dist/runs/run-records.js';
import { holdLease } from '@soar/coordinator/dist/resources/lease.js';
import { BASE, request } from '@soar/coordinator/dist/testing/coordinator.js';
import { messageOf, UserError } from '@soar/core';
import { ReplicaPool } from '@soar/grpc-kit';
import { inProcessClient } from '@soar/grpc-kit/testing';
import type { ArtifactStore } from '@soar/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryRunDatabase } from './memory-store.js';
import { networkOf } from './network.js';
import { VirtualClock } from './virtual-clock.js';
import { type Canary, PLACES, TRAINERS, World } from './world.js';

const RUN = 'run';
/** All faults come within the first minutes of simulated time. A run that takes two hours hangs. */
const FAULTS_MAX = 14;
const FAULT_EVERY_MS = 12_000;
const END_MS_MAX = 2 * 3_600_000;

export interface Schedule {
  readonly seed: number;
  /** Scale of all probabilities of faults. 0: no faults. Default 1. */
  readonly rate?: number;
  readonly canary?: Canary;
}

/** The outcome of a run, and its events. */
export interface Simulated {
  readonly report: unknown;
  readonly ledger: string;
  readonly artifacts: readonly string[];
  /** Reasons for which the run failed, each time until it was resumed. */
  readonly failures: readonly string[];
  /** Events with their times. */
  readonly events: readonly string[];
  /** When the run ended, in ms of simulated time. */
  readonly endMs: number;
}

interface Process {
  readonly database: MemoryRunDatabase;
  readonly runs: Runs;
  readonly acquired: Promise<void>;
  owns: boolean;
}

export async function simulate({ seed, rate = 1, canary }: Schedule): Promise<Simulated> {
  const clock = new VirtualClock();
  const world = new World(seed, canary, rate);
  await world.services.model(BASE, 1);
  clock.install();
  try {
    const simulation = new Simulation(world, clock);
    return await clock.run(simulation.run(), END_MS_MAX).catch((error: unknown) => {
      throw new Error(`${messageOf(error)}\n${simulation.events.join('\n')}`, { cause: error });
    });
  } finally {
    clock.uninstall();
  }
}

class Simulation {
  readonly events: string[] = [];
  private readonly failures: string[] = [];
  private readonly processes: Process[] = [];

  constructor(
    private readonly world: World,
    private readonly clock: VirtualClock,
  ) {}

  async run(): Promise<Simulated> {
    this.coordinator();
    const wanted = request(RUN, ({ student, promotion }) => {
      student.repeats = 1;
      Object.assign(promotion, { window: 2, keepWindow: true });
    });
    const faults = this.faults();
    while (this.world.store.runs.get(RUN) === undefined)
      await this.request((runs) => runs.create(wanted, new AbortController().signal));
    while (this.state() !== RunState.SUCCEEDED) {
      await sleep(2_000);
      // An operator resumes a run that failed because something was unavailable.
      if (this.state() !== RunState.FAILED) continue;
      const { failure, failureReason } = this.world.store.runs.get(RUN)!;
      this.note(`the run has failed: ${failure}`);
      this.failures.push(failureReason);
      await this.request((runs) => runs.resume(RUN, false, new AbortController().signal));
    }
    await faults;
    const endMs = this.clock.now;
    await sleep(120_000); // late events arrive now
    if (this.state() !== RunState.SUCCEEDED)
      throw new Error(`the run was SUCCEEDED and is now ${RunState[this.state() ?? 0]}`);
    return this.outcome(endMs);
  }

  /** Injects faults of processes and connections, one after the other. */
  private async faults(): Promise<void> {
    const { world } = this;
    const count = world.rate === 0 ? 0 : world.integer(FAULTS_MAX);
    for (let i = 0; i < count; i++) {
      await sleep(world.integer(FAULT_EVERY_MS));
      const downMs = world.integer(20_000);
      const kind = world.integer(5);
      if (kind === 0) await this.killCoordinator(downMs);
      else if (kind === 1) this.loseLease(downMs);
      else if (kind === 2) this.downFor(PLACES[world.integer(PLACES.length)]!, downMs, true);
      else if (kind === 3) this.downFor(PLACES[world.integer(PLACES.length)]!, downMs, false);
      else this.jump((world.uniform() - 0.5) * 2 * 86_400_000);
    }
  }

  private async killCoordinator(downMs: number): Promise<void> {
    const owner = this.processes.find(({ owns, database }) => owns && !database.dead);
    if (owner === undefined) return;
    this.note('the coordinator is killed');
    owner.database.dead = true;
    owner.database.expire();
    await sleep(downMs);
    this.coordinator();
  }

  /** The database gives the lease to another coordinator; the first one keeps working until it is notified. */
  private loseLease(lateMs: number): void {
    const owner = this.processes.find(({ owns, database }) => owns && !database.dead);
    if (owner === undefined) return;
    this.note(`the lease expires, its holder is notified ${lateMs} ms later`);
    owner.database.expire();
    this.coordinator();
    void sleep(lateMs).then(() => {
      owner.owns = false;
      owner.database.notifyLoss();
    });
  }

  private downFor(place: string, downMs: number, dies: boolean): void {
    this.note(`${place} is ${dies ? 'killed' : 'cut off'} for ${downMs} ms`);
    if (dies) this.world.kill(place);
    else this.world.cut(place);
    void sleep(downMs).then(() => (dies ? this.world.start(place) : this.world.heal(place)));
  }

  private jump(ms: number): void {
    this.note(`the wall clock is set by ${Math.round(ms / 1000)} s`);
    this.clock.wallMs += ms;
  }

  /** Starts a coordinator; it waits while another holds the lease. */
  private coordinator(): void {
    const { world } = this;
    const database = new MemoryRunDatabase(world.store);
    const network = networkOf(world, () => !database.dead);
    const trainers = new ReplicaPool(TrainerService, TRAINERS.map((name) => `${name}:1`).join(','), {
      connect: (desc, address) => inProcessClient(desc, address.replace(/:1$/, ''), network),
    });
    const connections = {
      teacher: inProcessClient(TeacherService, 'teacher', network),
      metareward: inProcessClient(MetaRewardService, 'metareward', network),
      trainers,
      builds: async () => [],
      close: () => undefined,
    };
    const files = world.files;
    const store = {
      open: async (ref: { key: string }) => ({ ref, folder: ref.key, files: new Map() }),
      importFolder: async (folder: string, key: string) => {
        files.set(key, folder);
        return { key, sha256: '' };
      },
      writeFile: async (key: string, content: string) => void files.set(key, content),
    } as unknown as ArtifactStore;
    const runs = new Runs({
      records: new RunRecords(database),
      connections,
      builds: new WorkingBuildsRecorder({
        build: create(BuildSchema, { service: 'coordinator', version: '1.0.0', fingerprint: 'one' }),
        ask: connections.builds,
        unavailableMs: 60_000,
      }),
      bounds: { unavailableMs: 60_000, computeMs: 3_600_000, heartbeatMs: 20_000 },
      store,
      fanOutMax: 64,
      log: (line) => this.note(line),
    });
    const holder = `coordinator ${this.processes.length + 1}`;
    const acquired = holdLease({
      database,
      resources: runs,
      tokenAbove: async () => 0,
      holder,
      signal: new AbortController().signal,
      log: (line) => {
        if (line.startsWith('holds the lease')) process_.owns = true;
        this.note(`${holder} ${line}`);
      },
    });
    acquired.catch((error: unknown) => this.note(`${holder} ends: ${messageOf(error)}`));
    const process_: Process = { database, runs, acquired, owns: false };
    this.processes.push(process_);
  }

  /** Sends a request to the coordinator that holds the lease. The caller repeats it until it takes effect. */
  private async request(what: (runs: Runs) => Promise<unknown>): Promise<void> {
    const owner = this.processes.findLast(({ owns, database }) => owns && !database.dead);
    try {
      if (owner !== undefined) await Promise.race([what(owner.runs), sleep(30_000)]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.note(`refused: ${error.message}`);
    }
    await sleep(1_000);
  }

  private state(): RunState | undefined {
    return this.world.store.runs.get(RUN)?.state;
  }

  private outcome(endMs: number): Simulated {
    const { timing: _, ...report } = JSON.parse(this.world.files.get(`${RUN}/report.json`)!) as Record<
      string,
      unknown
    >;
    const rows = this.world.store.rows.get(RUN) ?? [];
    return {
      report,
      ledger: rows.map(({ score }) => Buffer.from(score).toString('hex')).join('\n'),
      artifacts: [...this.world.artifacts.keys()].sort(),
      failures: this.failures,
      events: this.events,
      endMs,
    };
  }

  private note(what: string): void {
    this.events.push(`${(this.clock.now / 1000).toFixed(3)} s: ${what}`);
  }
}
