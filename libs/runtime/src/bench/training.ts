/** Share of GEMM that an optimizer step reaches: model operations of real tokens, padding not counted. */
import { adamwScalars, ADAMW_DEFAULTS } from '@soar/optim';
import { encodeModel } from '@soar/onnx';
import { packTexts, trainGraph } from '@soar/training';
import { InferenceSession } from '../onnx-runtime.js';
import { float32, int64, scalar, type Feeds } from '../worker/tensors.js';
import { WORK_SHAPES_DEFAULT } from '../settings.js';
import { bestMs, ONE_THREAD } from './gemm.js';
import { configOf, forwardFlops, randomParameters, textLengths } from './model.js';

const TEXTS = 96;
const TIME = 72;

/** GFLOP/s of a step at this width: three times the forward operations, over the time of the whole step with AdamW. */
export async function trainingRate(
  width: number,
): Promise<{ readonly rate: number; readonly padding: number }> {
  const config = configOf(width);
  const session = await InferenceSession.create(
    encodeModel(trainGraph(config, { clip: false, kl: 'none' })),
    ONE_THREAD,
  );
  const lengths = textLengths(TEXTS);
  const rows = Math.max(1, Math.floor(WORK_SHAPES_DEFAULT.microBatchTokens / TIME));
  const texts = lengths.map((length) => ({
    tokens: Int32Array.from({ length }, (_, i) => 2 + ((i * i) % 18)),
    channels: { weights: new Float32Array(length).fill(1e-3) },
  }));
  const batch = packTexts(texts, { rows, time: TIME });
  const shape = [batch.microBatches, rows, TIME];
  const parameters = randomParameters(config).tensors;
  const feeds: Feeds = {
    ...parameters,
    tokens: int64(batch.tokens, shape),
    positions: int64(batch.positions, shape),
    segments: int64(batch.segments, shape),
    weights: float32(batch.channels['weights']!, shape),
    temperature: scalar(1),
  };
  for (const [name, { dims, size }] of Object.entries(parameters)) {
    feeds[`adam.m.${name}`] = float32(new Float32Array(size), dims);
    feeds[`adam.v.${name}`] = float32(new Float32Array(size), dims);
  }
  for (const [name, x] of Object.entries(adamwScalars(ADAMW_DEFAULTS, 1e-4, 1))) feeds[name] = scalar(x);
  const ms = await bestMs(8, () => session.run(feeds));
  const real = lengths.reduce((sum, length) => sum + length, 0);
  const flops = 3 * lengths.reduce((sum, length) => sum + forwardFlops(config, length), 0);
  return { rate: flops / ms / 1e6, padding: 1 - real / batch.tokens.length };
}
