/**
 * The fixture of the coordinator's tests: coordinators over stand-in services and the real metareward, on a folder that
 * is removed after the test.
 */
import {
  Arm,
  type Build,
  BuildSchema,
  ComparisonService,
  CoordinatorService,
  create,
  type CreateRunRequest,
  CreateRunRequestSchema,
  type Run,
  type RunConfig,
  RunConfigSchema,
  runReportToJson,
  type RunReport,
  type RunState,
  SweepService,
} from '@soar/contracts';
import { createClient, type Client, startServer } from '@soar/grpc-kit';
import { type ArtifactStore, type Ledger, openArtifactStore, openLedger, openRunDatabase } from '@soar/store';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect } from '../clients/connections.js';
import { Coordinator as CoordinatorUnderTest } from '../coordinator.js';
import { type CompleteConfig, completeConfig } from '../runs/run-rules.js';
import { holdLease } from '../resources/lease.js';
import { StandInServices } from './stand-in-services.js';

export const BASE = 'models/base';

/** A configuration of two outer steps, two datasets of two questions, two students each. */
function config(): RunConfig {
  const optimizer = { learningRate: 1e-3 };
  return create(RunConfigSchema, {
    domain: 'arithmetic',
    seed: 5,
    outerSteps: 2,
    rewardQuestions: 8,
    teacher: {
      datasets: 2,
      questionsPerDataset: 2,
      sampling: { temperature: 1, maxNewTokens: 16 },
      optimizer,
      kl: { coefficient: 0.001 },
    },
    student: {
      repeats: 2,
      steps: 3,
      stepsAfterPromotion: 2,
      rl: { questionsPerStep: 2, groupSize: 2, sampling: { temperature: 1, maxNewTokens: 16 }, optimizer },
    },
    promotion: { tau: 0.01, window: 1 },
    comparison: {
      arms: [Arm.BASE, Arm.HARD_ONLY, Arm.PROMOTED_STUDENT, Arm.PROMOTION_QUESTIONS],
      samplesPerProblem: 4,
      passAt: [1, 4],
      syntheticSteps: 2,
      hardSteps: 3,
      sampling: { temperature: 1, maxNewTokens: 16 },
    },
  });
}

/** A request for a run with eight problems in each split; `change` may change its configuration. */
export function request(
  id: string,
  change: (config: CompleteConfig) => void = () => undefined,
): CreateRunRequest {
  const complete = completeConfig(config());
  change(complete);
  const problems = (split: string) =>
    Array.from({ length: 8 }, (_, i) => ({ id: `${split}-${i}`, question: `1+${i}`, answer: String(1 + i) }));
  return create(CreateRunRequestSchema, {
    id,
    config: complete,
    base: { key: BASE },
    trainProblems: problems('train'),
    testProblems: problems('test'),
  });
}

/** A build whose only part is its version and `part`. */
export function buildNamed(service: string, version: string, part = version): Build {
  return create(BuildSchema, { service, version, parts: { engine: part }, fingerprint: part });
}

export interface Coordinator {
  readonly client: Client<typeof CoordinatorService>;
  readonly comparisons: Client<typeof ComparisonService>;
  readonly sweeps: Client<typeof SweepService>;
  /** Stops as the process does on SIGTERM; its runs stay RUNNING for the next coordinator. */
  stop(): Promise<void>;
}

/** A folder with a base model, stand-in services, and the coordinators that are started on them. */
export class CoordinatorFixture {
  private readonly running = new Set<Coordinator>();
  private started = 0;

  private constructor(
    readonly folder: string,
    /** Where runs and journals are kept. */
    readonly location: string,
    readonly store: ArtifactStore,
    readonly services: StandInServices,
    /** The ledger of metareward. */
    readonly ledger: Ledger,
  ) {}

  /** `location`: of runs and journals; default: the folder. All is stopped and removed after the test. */
  static async create(t: TestContext, location?: string): Promise<CoordinatorFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'soar-coordinator-'));
    const store = await openArtifactStore(folder);
    const services = new StandInServices(store);
    await services.model(BASE, 1);
    const ledger = await openLedger(folder);
    await services.start(ledger);
    const fixture = new CoordinatorFixture(folder, location ?? folder, store, services, ledger);
    t.after(async () => {
      for (const coordinator of fixture.running) await coordinator.stop();
      await services.stop();
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    });
    return fixture;
  }

  /** Starts a coordinator. `trainer`: addresses of replicas; default: the one of the stand-in services. */
  async coordinator({
    fanOutMax = 64,
    unavailableMs = 5_000,
    trainer = this.services.address,
    build = buildNamed('coordinator', '9.9.9'),
  } = {}): Promise<Coordinator> {
    const database = await openRunDatabase(this.location);
    const { address } = this.services;
    const connections = connect({ teacher: address, trainer, metareward: address });
    const resources = new CoordinatorUnderTest({
      build,
      database,
      connections,
      bounds: { unavailableMs, computeMs: 30_000, heartbeatMs: 5_000 },
      store: this.store,
      fanOutMax,
      log: () => undefined,
    });
    const ending = new AbortController();
    const lease = { holder: `coordinator ${++this.started}`, signal: ending.signal, log: () => undefined };
    await holdLease({ database, resources, tokenAbove: () => this.store.highestIssued(), ...lease });
    const server = await startServer({
      listen: '127.0.0.1:0',
      services: resources.services,
      drainMs: 20,
      log: () => undefined,
    });
    const client = createClient(CoordinatorService, server.address);
    const comparisons = createClient(ComparisonService, server.address);
    const sweeps = createClient(SweepService, server.address);
    const coordinator: Coordinator = {
      client,
      comparisons,
      sweeps,
      stop: async () => {
        if (!this.running.delete(coordinator)) return;
        ending.abort();
        await resources.stop();
        await server.stop();
        client.close();
        comparisons.close();
        sweeps.close();
        connections.close();
        await database.close();
      },
    };
    this.running.add(coordinator);
    return coordinator;
  }
}

/** Watches a run to its end. */
export async function ended(client: Coordinator['client'], id: string): Promise<Run> {
  let last: Run | undefined;
  for await (const { run } of client.watchRun({ id }, { deadlineMs: 30_000 })) last = run ?? last;
  return last!;
}

/** Waits until a run is in `state`; at most 10 s. */
export async function inState(client: Coordinator['client'], id: string, state: RunState): Promise<Run> {
  for (let i = 0; i < 1000; i++) {
    const { run } = await client.getRun({ id });
    if (run!.state === state) return run!;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`run ${id} did not come into state ${state}`);
}

/** A report without what depends on the clock. */
export function timeless(report: RunReport | undefined): Record<string, unknown> {
  const { timing: _, ...rest } = runReportToJson(report!) as Record<string, unknown>;
  return rest;
}
