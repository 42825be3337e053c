/**
 * How the arithmetic of a run is cut, decided from its model, its longest text and the machine, once, when the run is
 * configured; the run then has the same bits on every machine. Tried in the order of their speed: a worker a core,
 * smaller micro-batches, fewer workers with more threads, and at last layers that are computed again.
 */
import { formatBytes, UserError } from '@soar/core';
import type { DecoderConfig } from '@soar/model';
import {
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
  type Compute,
  type RuntimeSettings,
} from './settings.js';

/** What the largest unit of work is like. */
export interface PlannedWork {
  /** The model, with the adapter that is trained. */
  readonly config: DecoderConfig;
  /** Whether it is trained, or only sampled from. */
  readonly trains: boolean;
  /** Tokens of the longest prompt, and the most that may follow. */
  readonly promptTokens: number;
  readonly maxNewTokens: number;
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
      tokens.map((microBatchTokens) => ({ threads: count, microBatchTokens, recompute })),
    ),
  );
  const tooLarge = (plan: Compute): PlannedWork | undefined =>
    works.find((work) => bytesOf(work, plan, settings) > roomOf(work, plan, settings));
  const fitting = plans.find((plan) => tooLarge(plan) === undefined);
  if (fitting !== undefined) return fitting;
  const last = plans.at(-1)!;
  const work = tooLarge(last)!;
  const needed = sharedBytes(work.config, settings) + bytesOf(work, last, settings);
  throw new UserError(
    `memory: ${work.trains ? 'training' : 'sampling'} needs about ${formatBytes(needed)} in one worker with ` +
      `${last.threads} of ${cores} threads, of the ${formatBytes(settings.memoryBytes)} for models; raise --memory, ` +
      `lower max_new_tokens (now ${work.maxNewTokens})${work.trains ? ', train an adapter of lower rank' : ''}` +
      `${asked.threads ? ', or leave --threads out' : ''}`,
    'RESOURCE_EXHAUSTED',
    'memory',
  );
}

/** Weights of a large model, which all workers have together. */
function sharedBytes(config: DecoderConfig, settings: RuntimeSettings): number {
  return parameterCount(config) > settings.smallParametersMax ? weightBytes(config) : 0;
}

/** The share of a worker with so many threads. */
function roomOf({ config }: PlannedWork, { threads }: Compute, settings: RuntimeSettings): number {
  return (settings.memoryBytes - sharedBytes(config, settings)) * Math.min(1, threads / coresOf(settings));
}

/** What one worker needs for itself: to sample between two steps, and to take a step. */
function bytesOf(work: PlannedWork, compute: Compute, settings: RuntimeSettings): number {
  const { config, trains, promptTokens, maxNewTokens } = work;
  const { shapes } = settings;
  const promptTime = roundUp(promptTokens, shapes.promptTime);
  const size = { promptTime, promptChunk: shapes.promptChunk, rounds: maxNewTokens };
  const rows = rowsWithin(config, shapes.rolloutRows, size, roomOf(work, compute, settings)).at(-1)!;
  const rollout = rolloutBytes(config, { prompts: rows, rows, ...size });
  const own = sharedBytes(config, settings) > 0 ? 0 : modelBytes(config);
  if (!trains) return own + rollout;
  const time = roundUp(promptTokens + maxNewTokens, shapes.packedTime);
  const headTokens = headInChunks(compute, config.vocabSize) ? shapes.headTokens : Infinity;
  const batch = { rows: Math.max(1, Math.floor(compute.microBatchTokens / time)), time, headTokens };
  const step =
    packedBytes(config, { ...batch, backward: true, recompute: compute.recompute }) + stepBytes(config);
  return own + trainingBytes(config) + Math.max(rollout, step);
}
