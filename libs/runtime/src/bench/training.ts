/** Share of GEMM that an optimizer step reaches: model operations of real tokens, padding not counted. */
import { ADAMW_DEFAULTS } from '@soar/optim';
import { jobSettings, runtimeSettings } from '../settings.js';
import { pack } from '../worker/packed.js';
import { Policies } from '../worker/policies.js';
import { Sessions } from '../worker/sessions.js';
import { trainStep } from '../worker/training.js';
import { bestMs } from './gemm.js';
import { configOf, forwardFlops, textLengths } from './model.js';

const TEXTS = 96;

/** GFLOP/s of a step at this width: three times the forward operations, over the time of the whole step with AdamW. */
export async function trainingRate(
  width: number,
): Promise<{ readonly rate: number; readonly padding: number }> {
  const config = configOf(width);
  const settings = { ...jobSettings(runtimeSettings({ workers: 1 })), makeRoom: () => undefined };
  const sessions = new Sessions('cpu');
  const policies = new Policies();
  await policies.initialise({ handle: 'bench', config, seed: 1, path: 'bench', std: 0.05 });
  const lengths = textLengths(TEXTS);
  const texts = lengths.map((length) => ({
    tokens: Int32Array.from({ length }, (_, i) => 2 + ((i * i) % 18)),
    weights: new Float32Array(length).fill(1e-3),
  }));
  const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-4 } as const;
  const ms = await bestMs(8, () =>
    trainStep(policies, { handle: 'bench', texts, ...how }, sessions, settings),
  );
  const real = lengths.reduce((sum, length) => sum + length, 0);
  const flops = 3 * lengths.reduce((sum, length) => sum + forwardFlops(config, length), 0);
  const { tokens } = pack(
    policies.get('bench'),
    texts.map((text) => ({ tokens: text.tokens, channels: {} })),
    settings,
    true,
  );
  return { rate: flops / ms / 1e6, padding: 1 - real / tokens.length };
}
