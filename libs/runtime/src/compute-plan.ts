/**
 * How the arithmetic of a run is cut, decided from its model, its longest text and the machine, once, when the run is
 * configured; the run then has the same bits on every machine. Tried in the order of their speed: a worker a core,
 * smaller micro-batches, fewer workers with more threads, and at last layers that are computed again.
 */
import { formatBytes, UserError } from '@soar/core';
import type { DecoderConfig } from '@soar/model';
import { adapterFor, type AskedAdapter } from './adapter-choice.js';
import {
  largestWeightBytes,
  modelBytes,
  packedBytes,
  parameterCount,
  rolloutBytes,
  rowsWithin,
  stepBytes,
  trainingBytes,
  weightBytes,
} from './memory.js';
import { roundUp } from './rollout-units.js';
import {
  coresOf,
  headInChunks,
  MICRO_BATCH_TOKENS_DEFAULT,
  requireProvider,
  type Compute,
  type RuntimeSettings,
} from './settings.js';

/** What the largest unit of work is like. */
export interface PlannedWork {
  /** The model, with the adapter that is trained. */
  readonly config: DecoderConfig;
  /** Whether it is trained, or only sampled from. */
  readonly trains: boolean;
  /** Whether it is sampled from, default true; otherwise its texts are given. */
  readonly samples?: boolean;
  /** Tokens of the longest prompt, and the most that may follow. */
  readonly promptTokens: number;
  readonly maxNewTokens: number;
}

/** A piece of work as it is asked for: PlannedWork of the contract. */
export interface AskedWork {
  readonly trains: boolean;
  readonly adapter?: AskedAdapter | undefined;
  readonly promptTokens: number;
  readonly maxNewTokens: number;
}

/**
 * The work on a model: with the adapter that it trains, and no more tokens than its context holds. `field` names the
 * adapter's setting in errors.
 */
export function workOn(
  model: DecoderConfig,
  { trains, adapter, ...tokens }: AskedWork,
  field = 'adapter',
): PlannedWork {
  const { promptTokens, maxNewTokens } = tokens;
  const room = Math.max(1, Math.min(promptTokens, model.maxPositionEmbeddings - maxNewTokens));
  const trained = model.adapter ?? (trains ? adapterFor(model, adapter, field) : undefined);
  const config = { ...model, ...(trained && { adapter: trained }) };
  return { config, trains, promptTokens: room, maxNewTokens };
}

/**
 * What `asked` leaves open, so that each of `works` fits. Throws UserError RESOURCE_EXHAUSTED where one does not fit
 * into the memory, whatever is chosen.
 */
export function planCompute(
  works: readonly PlannedWork[],
  settings: RuntimeSettings,
  asked: Partial<Compute> = {},
): Compute {
  requireProvider(settings, asked);
  const { provider, precision } = settings;
  if (provider === 'webgpu') works.forEach(({ config }) => requireBuffers(config));
  const cores = coresOf(settings);
  const longest = roundUp(
    Math.max(...works.map(({ promptTokens, maxNewTokens }) => promptTokens + maxNewTokens)),
    settings.shapes.packedTime,
  );
  const threads = asked.threads ? [asked.threads] : Array.from({ length: cores }, (_, i) => i + 1);
  const smaller = Math.max(longest, MICRO_BATCH_TOKENS_DEFAULT / 4);
  const tokens = asked.microBatchTokens
    ? [asked.microBatchTokens]
    : [...new Set([MICRO_BATCH_TOKENS_DEFAULT, Math.min(MICRO_BATCH_TOKENS_DEFAULT, smaller)])];
  const plans = (asked.recompute ? [true] : [false, true]).flatMap((recompute) =>
    threads.flatMap((count) =>
      tokens.map((microBatchTokens) => ({
        threads: count,
        microBatchTokens,
        recompute,
        provider,
        precision,
      })),
    ),
  );
  const tooLarge = (plan: Compute): PlannedWork | undefined =>
    works.find((work) => bytesOf(work, plan, settings) > roomOf(work, plan, settings));
  const fitting = plans.find((plan) => tooLarge(plan) === undefined);
  if (fitting !== undefined) return fitting;
  const last = plans.at(-1)!;
  const work = tooLarge(last)!;
  const flag = settings.provider === 'webgpu' ? '--device-memory' : '--memory';
  const needed = sharedBytes(work.config, settings) + bytesOf(work, last, settings);
  throw new UserError(
    `memory: ${work.trains ? 'training' : 'sampling'} needs about ${formatBytes(needed)} in one worker with ` +
      `${last.threads} of ${cores} threads, of the ${formatBytes(settings.memoryBytes)} for models; raise ${flag}, ` +
      `${shorten(work)}${work.trains ? ', train an adapter of lower rank' : ''}` +
      `${asked.threads ? ', or leave --threads out' : ''}`,
    'RESOURCE_EXHAUSTED',
    'memory',
  );
}

/** What Vulkan counts a buffer's bytes in has 32 bits (maxStorageBufferRange); drivers may take less. */
const BUFFER_BYTES_MAX = 2 ** 32 - 1;

function requireBuffers(config: DecoderConfig): void {
  const bytes = largestWeightBytes(config);
  if (bytes <= BUFFER_BYTES_MAX) return;
  throw new UserError(
    `memory: the largest matrix of the model has ${formatBytes(bytes)}, and a device takes less than ` +
      `${formatBytes(BUFFER_BYTES_MAX)} in one piece; use a model with a smaller vocabulary, or --provider cpu`,
    'RESOURCE_EXHAUSTED',
    'memory',
  );
}

function shorten({ samples = true, promptTokens, maxNewTokens }: PlannedWork): string {
  return samples
    ? `lower max_new_tokens (now ${maxNewTokens})`
    : `use shorter texts (now ${promptTokens} tokens)`;
}

/** What a plan takes, in bytes. The parts of a worker are those of the work that needs most. */
export interface PlannedMemory {
  /** Workers that `compute` leaves room for. */
  readonly workers: number;
  /** Weights of a large model, which all workers have together; 0 for a small one. */
  readonly sharedBytes: number;
  /** One worker: a small model, what a training keeps, sampling, and a training step. */
  readonly modelBytes: number;
  readonly trainingBytes: number;
  readonly samplingBytes: number;
  readonly stepBytes: number;
  /** All of it, with every worker busy. */
  readonly totalBytes: number;
  /** What there is for models. */
  readonly memoryBytes: number;
}

/** The memory of `works` that are cut as `compute` says. */
export function plannedMemory(
  works: readonly PlannedWork[],
  compute: Compute,
  settings: RuntimeSettings,
): PlannedMemory {
  const workers = Math.max(1, Math.floor(coresOf(settings) / compute.threads));
  const needs = works.map((work) => partsOf(work, compute, settings));
  const most = needs.reduce((a, b) => (workerBytes(b) > workerBytes(a) ? b : a));
  const shared = Math.max(...works.map(({ config }) => sharedBytes(config, settings)));
  const totalBytes = shared + workers * workerBytes(most);
  return { workers, sharedBytes: shared, ...most, totalBytes, memoryBytes: settings.memoryBytes };
}

/** Weights of a large model, which all workers have together. */
function sharedBytes(config: DecoderConfig, settings: RuntimeSettings): number {
  return parameterCount(config) > settings.smallParametersMax ? weightBytes(config) : 0;
}

/** The share of a worker with so many threads. */
function roomOf({ config }: PlannedWork, { threads }: Compute, settings: RuntimeSettings): number {
  return (settings.memoryBytes - sharedBytes(config, settings)) * Math.min(1, threads / coresOf(settings));
}

type WorkerParts = Pick<PlannedMemory, 'modelBytes' | 'trainingBytes' | 'samplingBytes' | 'stepBytes'>;

/** What one worker needs for itself: to sample between two steps, and to take a step. */
function partsOf(work: PlannedWork, compute: Compute, settings: RuntimeSettings): WorkerParts {
  const { config, trains, samples = true, promptTokens, maxNewTokens } = work;
  const { shapes } = settings;
  const promptTime = roundUp(promptTokens, shapes.promptTime);
  const { promptChunk, blockTokens } = shapes;
  const size = { promptTime, promptChunk, blockTokens, rounds: maxNewTokens };
  const rows = rowsWithin(config, shapes.rolloutRows, size, roomOf(work, compute, settings)).at(-1)!;
  const samplingBytes = samples ? rolloutBytes(config, { prompts: rows, rows, ...size }) : 0;
  const own = sharedBytes(config, settings) > 0 ? 0 : modelBytes(config);
  if (!trains) return { modelBytes: own, trainingBytes: 0, samplingBytes, stepBytes: 0 };
  const time = roundUp(promptTokens + maxNewTokens, shapes.packedTime);
  const headTokens = headInChunks(compute, config.vocabSize) ? shapes.headTokens : Infinity;
  const batch = { rows: Math.max(1, Math.floor(compute.microBatchTokens / time)), time, headTokens };
  const packed = packedBytes(config, { ...batch, backward: true, recompute: compute.recompute });
  const step = packed + stepBytes(config, { accumulates: true });
  return { modelBytes: own, trainingBytes: trainingBytes(config), samplingBytes, stepBytes: step };
}

/** What ONNX Runtime has taken for rollouts stays theirs while a step is computed, and the other way round. */
function workerBytes(parts: WorkerParts): number {
  return parts.modelBytes + parts.trainingBytes + parts.samplingBytes + parts.stepBytes;
}

function bytesOf(work: PlannedWork, compute: Compute, settings: RuntimeSettings): number {
  return workerBytes(partsOf(work, compute, settings));
}
