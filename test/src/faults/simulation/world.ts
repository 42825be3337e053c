/**
 * A simulated deployment: trainers that take time, die and share an artifact store; a network that delays, loses,
 * repeats and reorders calls; a teacher; and metareward with its real scoring. The results of training come from a
 * stand-in.
 *
 * Every random choice is the next number of one sequence, so that a seed replays everything.
 */
import {
  type CheckpointRef,
  type TrainingRun,
  TrainerService,
  type TrainingSpec,
  TrainingState,
} from '@soar/contracts';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@soar/contracts/grpc';
import { StandInServices } from '@soar/coordinator/dist/testing/stand-in-services.js';
import { Random, UserError } from '@soar/core';
import { service, type Service } from '@soar/grpc-kit';
import { RewardLedger } from '@soar/metareward/dist/ledger.js';
import { metaRewardRoutes } from '@soar/metareward/dist/routes.js';
import type { ArtifactStore } from '@soar/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryLedger, MemoryStore } from './memory-store.js';

/** A safeguard that is switched off, to test that the simulation notices. */
export type Canary = 'fencing' | 'write-once';

export const TRAINERS = ['trainer-1', 'trainer-2', 'trainer-3'];
export const PLACES = ['teacher', 'metareward', ...TRAINERS];

interface Artifact {
  readonly run: TrainingRun;
}

export class World {
  readonly store = new MemoryStore();
  readonly artifacts = new Map<string, Artifact>();
  /** Files that the coordinator wrote. */
  readonly files = new Map<string, string>();
  readonly services = new StandInServices(undefined as unknown as ArtifactStore);
  /** Places that are down or cut off. */
  private readonly unreachable = new Set<string>();
  private readonly lives = new Map<string, AbortController>();
  private readonly hosted = new Map<string, Service[]>();
  private readonly random: Random;
  private drawn = 0;
  private tokenSeen = 0;

  constructor(
    seed: number,
    readonly canary: Canary | undefined,
    /** Scale of the probabilities of random faults; 0: none. */
    readonly rate: number,
  ) {
    this.random = Random.of(seed).at('simulation');
    this.services.writesArtifacts = false;
    if (canary === 'fencing') this.store.fencing = false;
    this.store.fate = () =>
      this.happens(0.01) ? (this.happens(0.5) ? 'failed before' : 'failed after') : 'done';
    for (const place of PLACES) this.start(place);
  }

  /** The next number in [0, 1). */
  uniform(): number {
    return this.random.uniform(this.drawn++);
  }

  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Whether a fault of this probability happens. Always draws a number. */
  happens(probability: number): boolean {
    return this.uniform() < probability * this.rate;
  }

  isReachable(place: string): boolean {
    return !this.unreachable.has(place);
  }

  /** Aborts when the process at a place dies. */
  lifeOf(place: string): AbortSignal {
    return this.lives.get(place)!.signal;
  }

  servicesAt(place: string): Service[] {
    return this.hosted.get(place)!;
  }

  /** Kills the process at a place; its memory is lost. */
  kill(place: string): void {
    this.unreachable.add(place);
    this.lives.get(place)!.abort(new UserError(`${place}: the connection broke`, 'UNAVAILABLE'));
  }

  /** Starts a new process at a place. */
  start(place: string): void {
    this.unreachable.delete(place);
    this.lives.set(place, new AbortController());
    const health = service(Health, {
      check: async () => ({ status: Status.SERVING }),
      watch: async function* () {},
    });
    const own =
      place === 'teacher'
        ? this.services.teacher()
        : place === 'metareward'
          ? metaRewardRoutes(new RewardLedger(new MemoryLedger(this.store)))
          : trainer(this, this.lifeOf(place));
    this.hosted.set(place, [own, health]);
  }

  cut(place: string): void {
    this.unreachable.add(place);
  }

  heal(place: string): void {
    if (!this.lifeOf(place).aborted) this.unreachable.delete(place);
  }

  /** Makes an artifact, or returns the existing one: write-once, and refused under a superseded fencing token. */
  commit(id: string, made: TrainingRun, token: number): TrainingRun {
    if (token < this.tokenSeen && this.canary !== 'fencing')
      throw new UserError(
        `${id}: fencing token ${token} is lower than ${this.tokenSeen}`,
        'FAILED_PRECONDITION',
      );
    this.tokenSeen = Math.max(token, this.tokenSeen);
    if (this.happens(0.005)) throw new UserError(`${id}: the disk is full`, 'RESOURCE_EXHAUSTED');
    const kept = this.artifacts.get(id);
    if (kept !== undefined && this.canary !== 'write-once') return kept.run;
    this.artifacts.set(id, { run: made });
    return made;
  }
}

const unused = (): Promise<never> => Promise.reject(new UserError('not simulated', 'INTERNAL'));

/** What a trainer is not asked for here. */
const UNSIMULATED = {
  listTrainingRuns: async () => ({ runs: [] }),
  cancelTrainingRun: unused,
  getTrainingRun: unused,
  updatePolicy: unused,
  embed: unused,
  score: unused,
  listCheckpoints: unused,
  generate: unused,
  streamGenerate: async function* () {
    yield await unused();
  },
};

/** A trainer's process: trainings in its memory, artifacts in the world's store. */
function trainer(world: World, life: AbortSignal): Service {
  const open = new Map<string, { readonly working: Promise<TrainingRun>; token: number }>();

  async function work(id: string, spec: TrainingSpec): Promise<TrainingRun> {
    await sleep(500 + world.integer(8_000));
    if (life.aborted) return new Promise<TrainingRun>(() => undefined);
    try {
      const made = await world.services.train(id, spec);
      // A trainer without reproducible bits: only then does write-once matter.
      if (world.canary === 'write-once')
        made.result!.steps[0]!.rewardMean = world.services.worked.get(id)! - 1;
      return world.commit(id, made, open.get(id)!.token);
    } finally {
      open.delete(id);
    }
  }

  return service(TrainerService, {
    getCheckpoint: async ({ checkpoint }) => ({ checkpoint: { ...checkpoint!, sha256: '0'.repeat(64) } }),
    planCompute: ({ compute, works }) => world.services.plan(compute, works.length),
    evaluate: async ({ checkpoint, spec }) => {
      await sleep(100 + world.integer(1_000));
      return { evaluation: world.services.evaluation(checkpoint as CheckpointRef, spec!) };
    },
    createTrainingRun: async ({ id, spec, fencingToken }) => {
      const made = world.artifacts.get(id);
      if (made !== undefined) return { run: made.run };
      const running = open.get(id);
      // A coordinator that takes over raises the fencing token of running work.
      if (running !== undefined) running.token = Math.max(running.token, fencingToken);
      else {
        const working = work(id, spec!);
        working.catch(() => undefined);
        open.set(id, { working, token: fencingToken });
      }
      return { run: { id, state: TrainingState.RUNNING } };
    },
    watchTrainingRun: async function* ({ id }, { signal }) {
      const made = world.artifacts.get(id);
      const working = open.get(id)?.working ?? (made === undefined ? undefined : Promise.resolve(made.run));
      if (working === undefined) throw new UserError(`training ${id} does not exist`, 'NOT_FOUND');
      let run: TrainingRun | undefined;
      let failure: unknown;
      working.then((done) => (run = done)).catch((error: unknown) => (failure = error));
      while (run === undefined && failure === undefined && !signal.aborted) {
        yield {};
        await sleep(1_000);
      }
      if (failure instanceof UserError)
        yield {
          run: {
            id,
            state: TrainingState.FAILED,
            failure: { reason: failure.reason, message: failure.message },
          },
        };
      else if (run !== undefined) yield { run };
    },
    ...UNSIMULATED,
  });
}
