/**
 * What a piece of work takes at the least on any device, and which share of the device's peaks was reached with it: a
 * roofline (Williams et al., 2009). Bytes are a lower bound: weights and caches are read once where they are used, and
 * what an optimizer keeps is read and written once. Activations are not counted.
 */
import { parameterSpecs, type DecoderConfig } from '@soar/model';

/** What the device is said to reach; nothing is measured here. */
export interface Peaks {
  readonly memoryGbs?: number;
  readonly tflops?: number;
}

/** The least that a piece of work takes. */
export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

export interface Sampling {
  readonly rows: number;
  /** Rows that are computed together, at most. */
  readonly batchRows: number;
  readonly promptTokens: number;
  readonly newTokens: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Numbers in all matrices; a tied embedding counts once, as the head. */
function matrixSize(config: DecoderConfig): number {
  return sum(
    parameterSpecs(config).flatMap(({ role, shape }) => (role === 'matrix' ? [shape[0]! * shape[1]!] : [])),
  );
}

/** Products of queries with keys and of weights with values, of `pairs` pairs of tokens. */
function attentionFlops({ layers, heads, headDim }: DecoderConfig, pairs: number): number {
  return 4 * layers * heads * headDim * pairs;
}

/** Reading the prompts, and a round for each new token, which reads weights and caches. `width`: bytes of a number. */
export function samplingCost(config: DecoderConfig, work: Sampling, width: number): Cost {
  const { rows, batchRows, promptTokens, newTokens } = work;
  const total = promptTokens + newTokens;
  const matrices = matrixSize(config);
  const cacheToken = 2 * config.layers * config.kvHeads * config.headDim;
  const pairsRead = newTokens * (promptTokens + (newTokens - 1) / 2);
  return {
    flops: rows * (2 * matrices * total + attentionFlops(config, (total * (total + 1)) / 2)),
    bytes: width * (Math.ceil(rows / batchRows) * (1 + newTokens) * matrices + rows * cacheToken * pairsRead),
  };
}

/**
 * A step: forward and backward; the gradient of what is trained is written and read, and parameters and two moments in
 * float32 are read and written. `trained`: numbers of the adapter, or undefined where all weights are trained.
 */
export function stepCost(
  config: DecoderConfig,
  { rows, time, trained }: { readonly rows: number; readonly time: number; readonly trained?: number },
  width: number,
): Cost {
  const matrices = matrixSize(config);
  const passes = trained === undefined ? 3 : 2; // no gradients of frozen weights
  const own = trained ?? matrices;
  const tokens = rows * time;
  return {
    flops:
      2 * passes * matrices * tokens +
      (trained === undefined ? 0 : 6 * trained * tokens) +
      3 * rows * attentionFlops(config, (time * (time + 1)) / 2),
    bytes: 2 * width * matrices + 4 * 8 * own,
  };
}

/** Below this share of both roofs, neither bounds the work. */
const SHARE_LOW = 0.1;

export interface Roof {
  /** Shares of the peaks, from 0 to 1; undefined where the peak was not given. */
  readonly memoryShare?: number;
  readonly arithmeticShare?: number;
  /** undefined where not both peaks were given. */
  readonly bound?: 'memory' | 'arithmetic' | 'neither';
}

export function roofOf({ flops, bytes }: Cost, seconds: number, { memoryGbs, tflops }: Peaks): Roof {
  const memoryShare = memoryGbs === undefined ? undefined : bytes / seconds / (1e9 * memoryGbs);
  const arithmeticShare = tflops === undefined ? undefined : flops / seconds / (1e12 * tflops);
  if (memoryShare === undefined || arithmeticShare === undefined) {
    return {
      ...(memoryShare !== undefined && { memoryShare }),
      ...(arithmeticShare !== undefined && { arithmeticShare }),
    };
  }
  const larger = memoryShare >= arithmeticShare ? 'memory' : 'arithmetic';
  const bound = Math.max(memoryShare, arithmeticShare) < SHARE_LOW ? 'neither' : larger;
  return { memoryShare, arithmeticShare, bound };
}
