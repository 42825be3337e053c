#!/usr/bin/env node
/** The trainer's process: settings, store, model workers, the verifier's client, server. */
import { BuildService } from '@soar/contracts';
import { askBuild, createClient, openCallCredentials } from '@soar/grpc-kit';
import { runService } from '@soar/service-process';
import { formatBytes } from '@soar/core';
import { chooseProvider, ModelPool, runtimeSettings } from '@soar/runtime';
import { openArtifactStore } from '@soar/store';
import { Checkpoints } from './checkpoints.js';
import { CompletionFiles } from './completion-files.js';
import { readConfig } from './config.js';
import { Grader } from './grading.js';
import { trainerRoutes } from './routes.js';
import { trainerStatusRoutes } from './status-routes.js';
import { TrainingRuns } from './training-runs.js';

/** What a part of a build may have (services/coordinator/src/builds/collect.ts). */
const PART_CHARS_MAX = 128;

await runService('trainer', async ({ log }) => {
  const config = readConfig(process.argv.slice(2));
  const { workers, threads, precision } = config;
  const { provider, deviceBytes, device } = await chooseProvider(config.provider, config);
  const memoryBytes = deviceBytes ?? config.memoryBytes;
  if (deviceBytes !== undefined) {
    const where = device === undefined ? provider : `${provider} on ${device}`;
    log(`provider ${where}: ${formatBytes(deviceBytes)} for models`);
  }
  const store = await openArtifactStore(config.artifacts);
  const swept = await store.sweep();
  if (swept > 0)
    log(`store ${config.artifacts}: removed ${swept} unfinished artifacts of processes that are gone`);
  const memory = memoryBytes === undefined ? {} : { memoryBytes };
  const pool = new ModelPool(runtimeSettings({ workers, threads, provider, precision, ...memory }));
  const credentials = openCallCredentials(config.calling, { log });
  const grader = new Grader(config.verifier, credentials);
  const verifier = createClient(BuildService, config.verifier, { credentials });
  const checkpoints = new Checkpoints(store);
  const completions = new CompletionFiles(config.completions, config.completionsFormat);
  const trainer = { pool, store, grader, completions, log };
  const runs = new TrainingRuns(trainer, checkpoints, () => Date.now(), config.queueMax);
  return {
    ...config.serving,
    services: [trainerRoutes(trainer, checkpoints, runs), trainerStatusRoutes(pool, runs)],
    decides: {
      provider,
      ...(device && { device: device.slice(0, PART_CHARS_MAX) }),
      ...(precision !== 'f32' && { precision }),
    },
    uses: (parent) => askBuild(verifier, 'verifier', { parent }),
    close: async () => {
      await Promise.all([runs.close(), pool.close()]);
      grader.close();
      verifier.close();
    },
  };
});
