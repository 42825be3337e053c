/**
 * The speed-up of two workers over one, compared with that of two concurrent GEMM processes on the same machine:
 * shared memory and clock make 2.0 unreachable.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { ModelPool } from '../model-pool.js';
import { runtimeSettings } from '../settings.js';
import { bestMs } from './gemm.js';
import { configOf, textLengths } from './model.js';

const SECONDS = 4;
const STEPS = 24;

/** Combined rate of two GEMM processes over the rate of one. */
export async function gemmSpeedUp(): Promise<number> {
  const script = fileURLToPath(new URL('./gemm-process.js', import.meta.url));
  const rateOf = () =>
    new Promise<number>((resolve, reject) => {
      const child = spawn(process.execPath, [script, String(SECONDS)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.on('error', reject);
      child.on('exit', (code) =>
        code === 0 ? resolve(Number(text)) : reject(new Error(`gemm process: exit code ${code}`)),
      );
    });
  const one = await rateOf();
  const both = await Promise.all([rateOf(), rateOf()]);
  return (both[0] + both[1]) / one;
}

/** Time of two trainings on one worker over their time on two, the best of three each. */
export async function trainingSpeedUp(): Promise<number> {
  const elapsed = async (workers: number): Promise<number> => {
    const pool = new ModelPool(runtimeSettings({ workers }));
    try {
      await Promise.all(Array.from({ length: workers }, () => training(pool, 2))); // sessions are made here
      return await bestMs(3, () => Promise.all([training(pool, STEPS), training(pool, STEPS)]));
    } finally {
      await pool.close();
    }
  };
  return (await elapsed(1)) / (await elapsed(2));
}

async function training(pool: ModelPool, steps: number): Promise<void> {
  const texts = textLengths(96).map((length) => ({
    tokens: Int32Array.from({ length }, (_, i) => 2 + ((i * i) % 18)),
    weights: new Float32Array(length).fill(1e-3),
  }));
  await pool.run(async (worker) => {
    await worker.initialise({ handle: 'bench', config: configOf(64), seed: 1, path: 'bench' });
    for (let step = 0; step < steps; step++) {
      await worker.trainStep({
        handle: 'bench',
        texts,
        temperature: 1,
        kl: 'none',
        optimizer: ADAMW_DEFAULTS,
        learningRate: 1e-4,
      });
    }
  });
}
