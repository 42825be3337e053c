/** Work whose memory is measured, and what it is estimated to need. */
import { newAdapter, type DecoderConfig } from '@soar/model';
import { modelBytes, packedBytes, rolloutBytes, stepBytes, trainingBytes } from './memory.js';
import { WORK_SHAPES_DEFAULT } from './settings.js';

export type PeakKind = 'all weights' | 'adapter' | 'rollouts';

interface Training {
  readonly kind: 'training';
  /** Of the adapter; 0: all weights are trained. */
  readonly rank: number;
  readonly texts: number;
  readonly tokens: number;
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

/** A large vocabulary, whose head goes in chunks; deep and narrow; a long cache. */
export const PEAKS: Readonly<Record<PeakKind, Peak>> = {
  'all weights': {
    config: model(24_576, 192, 512, 3),
    work: { kind: 'training', rank: 0, texts: 4, tokens: 128 },
  },
  adapter: { config: model(2048, 256, 704, 8), work: { kind: 'training', rank: 8, texts: 4, tokens: 128 } },
  rollouts: {
    config: model(4096, 384, 1024, 4),
    work: { kind: 'sampling', rows: 32, promptTokens: 32, maxNewTokens: 64 },
  },
};

export function estimateOf({ config, work }: Peak): number {
  if (work.kind === 'sampling') {
    const { rows, promptTokens: promptTime, maxNewTokens: rounds } = work;
    const { promptChunk } = WORK_SHAPES_DEFAULT;
    return modelBytes(config) + rolloutBytes(config, { prompts: 1, promptTime, promptChunk, rows, rounds });
  }
  const { rank, texts: rows, tokens: time } = work;
  const adapter = rank && newAdapter(config, { rank, alpha: rank, rslora: false, targets: [] }, 'adapter');
  const trained = adapter ? { ...config, adapter } : config;
  const headTokens = config.vocabSize > 6_553 ? WORK_SHAPES_DEFAULT.headTokens : Infinity;
  const batch = packedBytes(trained, { rows, time, headTokens, backward: true, recompute: false });
  return modelBytes(config) + trainingBytes(trained) + stepBytes(trained) + batch;
}
