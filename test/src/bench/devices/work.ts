/**
 * One row of `npm run bench:devices` in a process of its own, so that what runs out of memory ends nothing else: loads
 * the model as every command does, works once to warm up, then until its time is over. Sends a Measured or a Failed.
 */
import { messageOf } from '@soar/core';
import { newAdapter, type DecoderConfig } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import {
  ModelPool,
  planCompute,
  plannedMemory,
  readModelConfig,
  runtimeSettings,
  type ModelWorker,
  type PlannedWork,
  type RuntimeSettings,
} from '@soar/runtime';
import { PROMPT_TOKENS, NEW_TOKENS, TRAIN_ROWS, TRAIN_TIME, type Asked, type Measured } from './rows.js';

const asked = JSON.parse(process.argv[2]!) as Asked;
const { folder, settings: given, rows, rank } = asked;

const REPEATS_MAX = 10;
/** What is left of a row's time is for loading and warming up. */
const MEASURED_MS = Math.min(15_000, asked.ms / 4);
const FIRST = 2;

function textOf(config: DecoderConfig, text: number, length: number): number[] {
  return Array.from({ length }, (_, t) => FIRST + ((97 * text + 13 * t) % (config.vocabSize - FIRST)));
}

async function sample(worker: ModelWorker, config: DecoderConfig, count: number, repeat: number) {
  const prompts = Array.from({ length: count }, (_, p) => textOf(config, p, PROMPT_TOKENS));
  const samples = prompts.map((_, p) => ({ prompt: p, path: `${repeat}/${p}` }));
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: NEW_TOKENS, stopIds: [] };
  await worker.sample('base', { prompts, rows: samples, seed: 1, sampling }, config);
}

async function train(worker: ModelWorker, config: DecoderConfig): Promise<void> {
  const texts = Array.from({ length: TRAIN_ROWS }, (_, i) => ({
    tokens: Int32Array.from(textOf(config, i, TRAIN_TIME)),
    weights: new Float32Array(TRAIN_TIME).fill((i % 2 === 0 ? 1 : -1) / TRAIN_ROWS / TRAIN_TIME, 1),
  }));
  const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-6 } as const;
  await worker.trainStep({ handle: 'student', texts, ...how });
}

function plannedWork(config: DecoderConfig): PlannedWork {
  return rows === undefined
    ? { config, trains: true, samples: false, promptTokens: TRAIN_TIME / 2, maxNewTokens: TRAIN_TIME / 2 }
    : { config, trains: false, promptTokens: PROMPT_TOKENS, maxNewTokens: NEW_TOKENS };
}

async function repeated(worker: ModelWorker, work: (repeat: number) => Promise<void>) {
  await work(0);
  const before = await worker.traffic();
  const seconds: number[] = [];
  const began = performance.now();
  while (seconds.length < REPEATS_MAX && (seconds.length === 0 || performance.now() - began < MEASURED_MS)) {
    const from = performance.now();
    await work(seconds.length + 1);
    seconds.push((performance.now() - from) / 1000);
  }
  const after = await worker.traffic();
  return {
    seconds,
    toDevice: (after.toDevice - before.toDevice) / seconds.length,
    fromDevice: (after.fromDevice - before.fromDevice) / seconds.length,
  };
}

async function measure(settings: RuntimeSettings): Promise<Measured> {
  const model = readModelConfig(folder);
  const request = { rank, alpha: 2 * rank, rslora: false, targets: [] };
  const adapter = rank === 0 ? undefined : newAdapter(model, request, 'adapter');
  const planned = plannedWork({ ...model, ...(adapter && { adapter }) });
  const compute = planCompute([planned], settings, { threads: settings.threads });
  const pool = new ModelPool(settings);
  try {
    return await pool.run(
      async (worker) => {
        const from = performance.now();
        await worker.load({ handle: 'base', folder });
        const loadSeconds = (performance.now() - from) / 1000;
        if (rows === undefined) {
          await worker.clone('base', 'student', adapter && { adapter, seed: 1, path: 'bench' });
        }
        const taken = await repeated(worker, (repeat) =>
          rows === undefined ? train(worker, planned.config) : sample(worker, model, rows, repeat),
        );
        return {
          ...taken,
          loadSeconds,
          recompute: compute.recompute,
          plannedBytes: plannedMemory([planned], compute, settings).totalBytes,
          devicePeakBytes: await worker.devicePeak(),
          hostPeakBytes: process.resourceUsage().maxRSS * 1024,
        };
      },
      { compute },
    );
  } finally {
    await pool.close();
  }
}

try {
  process.send!(await measure(runtimeSettings({ workers: 1, ...given })));
} catch (error) {
  process.send!({ message: messageOf(error) });
}
process.disconnect();
