/** A trainer on a free port of this process, over a store of its own and a grading server, with a client, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrainerService, TrainerStatusService } from '@soar/contracts';
import { createClient, startServer, type Client } from '@soar/grpc-kit';
import { ModelPool, runtimeSettings, type RuntimeSettings } from '@soar/runtime';
import { openArtifactStore, type ArtifactStore, type CheckpointRef } from '@soar/store';
import { Checkpoints } from '../checkpoints.js';
import { CompletionFiles } from '../completion-files.js';
import { Grader } from '../grading.js';
import { trainerRoutes } from '../routes.js';
import { trainerStatusRoutes } from '../status-routes.js';
import { TrainingRuns } from '../training-runs.js';
import { startGradingServer } from './grading-server.js';
import { makeByteModel, makeCharacterModel } from './tiny-models.js';

export interface RunningTrainer {
  readonly client: Client<typeof TrainerService>;
  readonly status: Client<typeof TrainerStatusService>;
  stop(): Promise<void>;
}

/** A folder with a store and the two tiny models in it, and a grading server. */
export interface Site {
  readonly folder: string;
  readonly store: ArtifactStore;
  readonly characters: CheckpointRef;
  readonly bytes: CheckpointRef;
  readonly verifier: string;
  /** Starts a trainer over the site's store. */
  trainer(settings?: Partial<RuntimeSettings>, queueMax?: number): Promise<RunningTrainer>;
  /** Stops every trainer, and removes the folder. */
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'soar-trainer-'));
  const store = await openArtifactStore(join(folder, 'store'));
  makeCharacterModel(join(folder, 'characters'));
  makeByteModel(join(folder, 'bytes'));
  const verifier = await startGradingServer();
  const started: RunningTrainer[] = [];
  return {
    folder,
    store,
    characters: await store.importFolder(join(folder, 'characters'), 'models/characters'),
    bytes: await store.importFolder(join(folder, 'bytes'), 'models/bytes'),
    verifier: verifier.address,
    async trainer(settings = {}, queueMax) {
      const trainer = await startTrainer(store, verifier.address, settings, undefined, queueMax);
      started.push(trainer);
      return trainer;
    },
    async close() {
      await Promise.all(started.map((trainer) => trainer.stop()));
      await verifier.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export async function startTrainer(
  store: ArtifactStore,
  verifier: string,
  settings: Partial<RuntimeSettings> = {},
  awayMs?: number,
  queueMax = 1024,
  completions = new CompletionFiles(undefined),
): Promise<RunningTrainer> {
  const pool = new ModelPool(runtimeSettings({ workers: 1, memoryBytes: 2 ** 30, ...settings }));
  const grader = new Grader(verifier, undefined, awayMs);
  const checkpoints = new Checkpoints(store);
  const trainer = {
    pool,
    store,
    grader,
    completions,
    log: () => undefined,
  };
  const runs = new TrainingRuns(trainer, checkpoints, () => 0, queueMax);
  const server = await startServer({
    listen: '127.0.0.1:0',
    services: [trainerRoutes(trainer, checkpoints, runs), trainerStatusRoutes(pool, runs)],
  });
  const client = createClient(TrainerService, server.address);
  const status = createClient(TrainerStatusService, server.address);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    client.close();
    status.close();
    await server.stop();
    await Promise.all([runs.close(), pool.close()]);
    grader.close();
  };
  return { client, status, stop: () => (stopping ??= stop()) };
}
