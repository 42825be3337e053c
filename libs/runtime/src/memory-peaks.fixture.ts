/** Work whose memory is measured, and what it is estimated to need. */
import { newAdapter, type DecoderConfig } from '@soar/model';
import { modelBytes, packedBytes, rolloutBytes, stepBytes, trainingBytes } from './memory.js';
import { WORK_SHAPES_DEFAULT } from './settings.js';

export type PeakKind =
  | 'all weights'
  | 'rollouts and steps of a wide model'
  | 'adapter'
  | 'rollouts'
  | 'long answers';

interface Training {
  readonly kind: 'training';
  /** Of the adapter; 0: all weights are trained. */
  readonly rank: number;
  readonly texts: number;
  readonly tokens: number;
  /** Rollouts in the same worker before the steps. */
  readonly before?: Sampling;
}

interface Sampling {
  readonly kind: 'sampling';
  readonly rows: number;
  readonly promptTokens: number;
  readonly maxNewTokens: number;
}

export interface Peak {
  readonly config: DecoderConfig;
  readonly work: Training | Sampling;
}

function model(
  vocabSize: number,
  hiddenSize: number,
  intermediateSize: number,
  layers: number,
): DecoderConfig {
  return {
    vocabSize,
    hiddenSize,
    intermediateSize,
    layers,
    heads: 4,
    kvHeads: 4,
    headDim: hiddenSize / 4,
    rotary: { theta: 10_000 },
    rmsNormEps: 1e-6,
    tieWordEmbeddings: true,
    maxPositionEmbeddings: 1024,
    eosTokenIds: [1],
  };
}

/** A large vocabulary, whose head goes in chunks; layers of SmolLM2-135M; deep and narrow; a long cache. */
export const PEAKS: Readonly<Record<PeakKind, Peak>> = {
  'all weights': {
    config: model(24_576, 192, 512, 3),
    work: { kind: 'training', rank: 0, texts: 4, tokens: 128 },
  },
  'rollouts and steps of a wide model': {
    config: { ...model(8192, 576, 1536, 3), heads: 9, kvHeads: 3, headDim: 64 },
    work: {
      kind: 'training',
      rank: 0,
      texts: 4,
      tokens: 128,
      before: { kind: 'sampling', rows: 32, promptTokens: 160, maxNewTokens: 64 },
    },
  },
  adapter: { config: model(2048, 256, 704, 8), work: { kind: 'training', rank: 8, texts: 4, tokens: 128 } },
  rollouts: {
    config: model(4096, 384, 1024, 4),
    work: { kind: 'sampling', rows: 32, promptTokens: 32, maxNewTokens: 64 },
  },
  'long answers': {
    config: model(512, 256, 256, 8),
    work: { kind: 'sampling', rows: 32, promptTokens: 32, maxNewTokens: 480 },
  },
};

export function estimateOf({ config, work }: Peak): number {
  const { promptChunk, blockTokens } = WORK_SHAPES_DEFAULT;
  const drawing = ({ rows, promptTokens: promptTime, maxNewTokens: rounds }: Sampling): number =>
    rolloutBytes(config, { prompts: 1, promptTime, promptChunk, blockTokens, rows, rounds });
  if (work.kind === 'sampling') return modelBytes(config) + drawing(work);
  const { rank, texts: rows, tokens: time, before } = work;
  const adapter = rank && newAdapter(config, { rank, alpha: rank, rslora: false, targets: [] }, 'adapter');
  const trained = adapter ? { ...config, adapter } : config;
  const headTokens = config.vocabSize > 6_553 ? WORK_SHAPES_DEFAULT.headTokens : Infinity;
  const batch = packedBytes(trained, { rows, time, headTokens, backward: true, recompute: false });
  const sampled = before === undefined ? 0 : drawing(before);
  return (
    modelBytes(config) + trainingBytes(trained) + stepBytes(trained, { accumulates: false }) + batch + sampled
  );
}
