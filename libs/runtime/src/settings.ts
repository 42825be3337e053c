/**
 * Settings of the runtime, and the canonical shapes of its work.
 *
 * A result must not depend on what else is computed at the same time, on the number of workers or on a retry. Kernels
 * may sum in another order for another shape, so every unit of work has one of a few shapes, chosen from the unit's
 * own data and from these settings, never from the machine. Changing the shapes may change results in the last bit,
 * and with that a sampled token: they belong to the configuration of a run, as the seed does.
 */
import { totalmem } from 'node:os';
import { UserError } from '@soar/core';

/**
 * Where graphs run. webgpu needs a graphics driver; parameters, states and caches stay on the device there. cuda needs
 * ONNX Runtime's CUDA files, and everything but frozen weights crosses the bus in every run. Both leave to the CPU what
 * they have no kernel for (devices/placement.test.ts).
 */
export type Provider = 'cpu' | 'cuda' | 'webgpu';
export const PROVIDERS: readonly Provider[] = ['cpu', 'cuda', 'webgpu'];

/**
 * f16: matrices, caches and products in float16; sums, norms, softmax, log-probabilities, losses, gradients that are
 * added up and the optimizer's parameters in float32 (libs/onnx/src/half.ts).
 */
export type Precision = 'f32' | 'f16';
export const PRECISIONS: readonly Precision[] = ['f32', 'f16'];

/** The canonical shapes. */
export interface WorkShapes {
  /**
   * Rows of a batch of rollouts, and of the samples that they serve, ascending. A request is cut into units of the last
   * size. The samples of a unit that have not ended take the smallest size that holds them, filled up with copies of
   * the first. This relies on kernels that compute a row identically at each size, which the tests check for the CPU
   * provider. They do from two rows on: for one, a product of matrices is a product with a vector, and sums in another
   * order.
   */
  readonly rolloutRows: readonly number[];
  /** Prompts are padded to a multiple of this many tokens; rows whose prompts differ in padded length share no unit. */
  readonly promptTime: number;
  /**
   * Longer prompts are read in chunks of this many tokens, a multiple of promptTime, so that all prompts of a unit end
   * in the last (libs/model/src/prefill.ts). A longer chunk computes more pairs of tokens that do not see each other; a
   * shorter one copies the cache of the prompts more often.
   */
  readonly promptChunk: number;
  /**
   * Tokens of the block behind a cache (libs/model/src/incremental.ts). When it is full, what stands takes it in, and
   * rows that have ended leave. A longer block is copied for longer in every round and keeps ended rows for longer; a
   * shorter one takes more copies of the whole.
   */
  readonly blockTokens: number;
  /** Rows of packed texts (training, scoring) are as long as the longest text, in multiples of this many tokens. */
  readonly packedTime: number;
  /**
   * Where the vocabulary is large, logits are computed for this many tokens at a time at most, when texts are scored or
   * trained on; where a micro-batch has few logits, for all its tokens.
   */
  readonly headTokens: number;
}

/**
 * How the arithmetic of a job is cut. It may change results in the last bit, and with that a sampled token: kernels sum
 * a matrix product in other blocks when fewer columns are left for each thread. It belongs to the configuration of a
 * run.
 */
export interface Compute {
  /** Threads of the job's worker. */
  readonly threads: number;
  /** Tokens of a micro-batch: it has floor(this / row length) rows, at least one. */
  readonly microBatchTokens: number;
  /** Whether a training computes layers again in the backward pass: less memory, a quarter more time. */
  readonly recompute: boolean;
  /** Where it is computed; absent or empty: wherever this process computes. */
  readonly provider?: string;
  /** In which precision; absent or empty: as this process does, or f32 where `provider` is said. */
  readonly precision?: string;
}

export interface RuntimeSettings {
  /** Jobs at a time, each in a worker of its own. One per core is best for small models; a device has one. */
  readonly workers: number;
  /** Threads of a worker whose job does not say how many. */
  readonly threads: number;
  readonly provider: Provider;
  readonly precision: Precision;
  readonly shapes: WorkShapes;
  /** Models of more parameters are kept once for all workers (frozen-models.ts), smaller ones in each. */
  readonly smallParametersMax: number;
  /** Jobs that may wait for a worker; more are refused with RESOURCE_EXHAUSTED. */
  readonly queueMax: number;
  /**
   * Memory for all workers together, in bytes: for parameters and for units of work. What needs more is refused with
   * RESOURCE_EXHAUSTED. On a device, that of the device.
   */
  readonly memoryBytes: number;
  /** Heap of a worker's JavaScript, in MiB, weights and tensors not among it. Default: Node's. */
  readonly workerHeapMiB?: number;
}

export const WORK_SHAPES_DEFAULT: WorkShapes = {
  rolloutRows: [2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128],
  promptTime: 16,
  promptChunk: 128,
  blockTokens: 16,
  packedTime: 8,
  headTokens: 256,
};
export const MICRO_BATCH_TOKENS_DEFAULT = 640;

/** Below this many logits a micro-batch is not worth chunks: 16 MiB. */
const LOGITS_FEW = 2 ** 22;

/** Whether the output head goes over tokens in chunks: a function of settings and model, not of the texts. */
export function headInChunks({ microBatchTokens }: Compute, vocabSize: number): boolean {
  return microBatchTokens * vocabSize > LOGITS_FEW;
}

const QUEUE_MAX_DEFAULT = 10_000;
/** Models of more parameters are large: a training leaves them as they are and trains an adapter by default. */
export const SMALL_PARAMETERS_MAX = 50_000_000;

/** Settings with defaults; a fifth of the machine's memory is left to everything else. */
export function runtimeSettings(
  given: Partial<RuntimeSettings> & Pick<RuntimeSettings, 'workers'>,
): RuntimeSettings {
  const settings = {
    threads: 1,
    provider: 'cpu' as const,
    precision: 'f32' as const,
    shapes: WORK_SHAPES_DEFAULT,
    smallParametersMax: SMALL_PARAMETERS_MAX,
    queueMax: QUEUE_MAX_DEFAULT,
    memoryBytes: Math.floor(0.8 * Math.min(totalmem(), process.constrainedMemory() || Infinity)),
    ...given,
  };
  // Files have weights in float32 alone.
  if (settings.precision === 'f16') settings.smallParametersMax = Infinity;
  if (settings.provider === 'cpu') return settings;
  // Jobs of a device follow on each other. Weights that stay there are there once for all graphs, and need no file.
  const smallParametersMax = settings.provider === 'webgpu' ? Infinity : settings.smallParametersMax;
  return { ...settings, workers: 1, threads: 1, smallParametersMax };
}

/** The settings of one job, in its worker. */
export interface JobSettings extends Omit<Compute, 'provider' | 'precision'> {
  readonly shapes: WorkShapes;
  /** The job's share of the memory: as large as its share of the cores. */
  readonly memoryBytesMax: number;
}

/** What a unit of work is done with. */
export interface WorkSettings extends Omit<JobSettings, 'memoryBytesMax'> {
  /** Makes room for so many bytes more. Throws UserError that says for `what` there is none. */
  readonly makeRoom: (bytes: number, what: string) => void;
}

/** Threads of all workers together: the cores that they share. */
export function coresOf({ workers, threads }: RuntimeSettings): number {
  return workers * threads;
}

/**
 * What a job does not say (undefined or 0) is as the settings and the defaults are. `memoryBytes`: what all jobs share.
 */
export function jobSettings(
  settings: RuntimeSettings,
  compute: Partial<Compute> = {},
  memoryBytes = settings.memoryBytes,
): JobSettings {
  const { shapes } = settings;
  requireProvider(settings, compute);
  const threads = compute.threads || settings.threads;
  const microBatchTokens = compute.microBatchTokens || MICRO_BATCH_TOKENS_DEFAULT;
  const recompute = compute.recompute ?? false;
  const share = Math.min(1, threads / coresOf(settings));
  return { threads, microBatchTokens, recompute, shapes, memoryBytesMax: Math.floor(memoryBytes * share) };
}

/** Work that began elsewhere, or in another precision, does not go on here: it would have other bits than it says. */
export function requireProvider(
  { provider, precision }: Pick<RuntimeSettings, 'provider' | 'precision'>,
  asked: Pick<Partial<Compute>, 'provider' | 'precision'>,
): void {
  const precisionAsked = asked.precision || (asked.provider && 'f32');
  const differing = [
    ['provider', asked.provider, provider, 'on'],
    ['precision', precisionAsked, precision, 'in'],
  ] as const;
  for (const [field, wanted, own, where] of differing) {
    if (!wanted || wanted === own) continue;
    throw new UserError(
      `compute.${field}: the work is configured for ${wanted}, and this trainer computes ${where} ${own}: results ` +
        `would differ by rounding in the middle of a run. Start it with --${field} ${wanted}, or begin another run`,
      'FAILED_PRECONDITION',
      `compute.${field}`,
    );
  }
}
