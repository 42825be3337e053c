/**
 * Settings of the runtime, and the canonical shapes of its work.
 *
 * A result must not depend on what else is computed at the same time, on the number of workers or on a retry. Kernels
 * may sum in another order for another shape, so every unit of work has one of a few shapes, chosen from the unit's
 * own data and from these settings, never from the machine. Changing the shapes may change results in the last bit,
 * and with that a sampled token: they belong to the configuration of a run, as the seed does.
 */
import { totalmem } from 'node:os';

/**
 * Where graphs run. cuda needs ONNX Runtime's CUDA files, webgpu a graphics driver; both fall back to the CPU op by op.
 */
export type Provider = 'cpu' | 'cuda' | 'webgpu';
export const PROVIDERS: readonly Provider[] = ['cpu', 'cuda', 'webgpu'];

/** The canonical shapes. */
export interface WorkShapes {
  /**
   * Rows of a rollout unit, ascending. A request is cut into units of the last size; what remains takes the smallest
   * size that holds it, filled up with copies of its first row. With one size a row meets the same kernels whatever
   * else is in its request. With several, this relies on kernels that compute a row identically at each size, which
   * the tests check for the CPU provider.
   */
  readonly rolloutRows: readonly number[];
  /** Prompts of a unit are filled up to a multiple of this many. */
  readonly promptRows: number;
  /** Prompts are padded to a multiple of this many tokens; rows whose prompts differ in padded length share no unit. */
  readonly promptTime: number;
  /**
   * Tokens drawn before the rows that have not ended are gathered into new units, which read what was drawn as prompt;
   * each further phase is twice as long. A few long rows then do not keep a whole unit busy, and rereading costs less
   * than drawing. Where a row's phases end depends on the row alone.
   */
  readonly firstPhase: number;
  /** Rows of packed texts (training, scoring) are as long as the longest text, in multiples of this many tokens. */
  readonly packedTime: number;
  /** Tokens of a micro-batch: it has floor(this / row length) rows, at least one. */
  readonly microBatchTokens: number;
  /**
   * Where the vocabulary is large, logits are computed for this many tokens at a time at most, when texts are scored or
   * trained on; where a micro-batch has few logits, for all its tokens.
   */
  readonly headTokens: number;
  /** Whether a training computes layers again in the backward pass: less memory, a quarter more time. */
  readonly recompute: boolean;
}

export interface RuntimeSettings {
  /** Worker threads, one session each for a graph and model shape. One per core is best for small models. */
  readonly workers: number;
  readonly provider: Provider;
  readonly shapes: WorkShapes;
  /** Jobs that may wait for a worker; more are refused with RESOURCE_EXHAUSTED. */
  readonly queueMax: number;
  /**
   * Memory limit of a worker for parameters and one unit of work, in bytes; more is refused with RESOURCE_EXHAUSTED.
   */
  readonly memoryBytesMax: number;
  /** Parameters that a worker keeps for later jobs, in bytes; the least recently used go first. */
  readonly cacheBytesMax: number;
}

export const WORK_SHAPES_DEFAULT: WorkShapes = {
  rolloutRows: [16, 32, 64, 128],
  promptRows: 8,
  promptTime: 16,
  firstPhase: 16,
  packedTime: 8,
  microBatchTokens: 640,
  headTokens: 256,
  recompute: false,
};

/** Below this many logits a micro-batch is not worth chunks: 16 MiB. */
const LOGITS_FEW = 2 ** 22;

/** Whether the output head goes over tokens in chunks: a function of shapes and model, not of the texts. */
export function headInChunks({ microBatchTokens }: WorkShapes, vocabSize: number): boolean {
  return microBatchTokens * vocabSize > LOGITS_FEW;
}

const QUEUE_MAX_DEFAULT = 10_000;
const CACHE_BYTES_DEFAULT = 256 * 1024 * 1024;

/** Settings with defaults; memory is split evenly among the workers, a fifth of it left to everything else. */
export function runtimeSettings(
  given: Partial<RuntimeSettings> & Pick<RuntimeSettings, 'workers'>,
): RuntimeSettings {
  const machine = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  const share = Math.floor((0.8 * machine) / given.workers);
  return {
    provider: 'cpu',
    shapes: WORK_SHAPES_DEFAULT,
    queueMax: QUEUE_MAX_DEFAULT,
    memoryBytesMax: share,
    cacheBytesMax: Math.min(CACHE_BYTES_DEFAULT, Math.floor(share / 4)),
    ...given,
  };
}
