/**
 * `npm run bench`: the engine's ratios, taken in one run on one machine. Absolute figures vary with the machine's
 * load; only the ratios are claimed. Not a test: nothing fails here.
 */
import { gemmRates } from './gemm.js';
import { rolloutRates } from './rollouts.js';
import { gemmSpeedUp, trainingSpeedUp } from './scaling.js';
import { trainingRate } from './training.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const percent = (x: number): string => `${(100 * x).toFixed(0)}%`;

const { best, bySize } = await gemmRates();
say('GEMM, one thread, float32');
for (const [size, rate] of Object.entries(bySize)) say(`  ${size.padEnd(16)} ${rate.toFixed(1)} GFLOP/s`);
say(`  best             ${best.toFixed(1)} GFLOP/s`);

say('\nTraining step (forward, backward, clip, AdamW), model operations of real tokens only');
for (const [width, target] of [
  [64, 0.35],
  [128, 0.6],
] as const) {
  const { rate, padding } = await trainingRate(width);
  say(
    `  width ${width}: ${rate.toFixed(1)} GFLOP/s, ${percent(rate / best)} of GEMM (target ${percent(target)}), ` +
      `padding ${percent(padding)}`,
  );
}

say('\nRollouts, 128 samples in flight, 48 tokens each');
for (const width of [64, 128]) {
  const { graphTokensPerSecond: inside, steppedTokensPerSecond: outside, gflops } = await rolloutRates(width);
  say(
    `  width ${width}: ${Math.round(inside)} tokens/s in the graph, ${Math.round(outside)} driven from JavaScript: ` +
      `${(inside / outside).toFixed(2)}x (target 1.5x); ${percent(gflops / best)} of GEMM`,
  );
}

say('\nTwo workers against one');
const gemm = await gemmSpeedUp();
const training = await trainingSpeedUp();
say(
  `  two GEMM processes ${gemm.toFixed(2)}x, two trainings ${training.toFixed(2)}x: ` +
    `${percent(training / gemm)} (target 95%)`,
);
