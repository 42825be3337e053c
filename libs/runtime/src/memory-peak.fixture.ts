/**
 * A process that does one kind of work and prints the memory that it took for it, in bytes: the peak of its resident
 * size over what the same work takes with a model of next to nothing. Argument: the kind.
 */
import { readFileSync } from 'node:fs';
import { newAdapter, type DecoderConfig } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { ModelPool } from './model-pool.js';
import type { ModelWorker } from './model-worker.js';
import { PEAKS, type PeakKind } from './memory-peaks.fixture.js';
import { runtimeSettings } from './settings.js';

const kind = process.argv[2] as PeakKind;
const { config, work } = PEAKS[kind];
const nothing: DecoderConfig = { ...config, vocabSize: 64, hiddenSize: 64, intermediateSize: 64, layers: 1 };
const pool = new ModelPool(runtimeSettings({ workers: 1 }));
/** The usage that the system counts begins with that of the process that started this one; its status does not. */
const peak = (): number =>
  1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
await pool.run((worker) => doWork(worker, { ...nothing, heads: 2, kvHeads: 2, headDim: 32 }));
const before = peak();
await pool.run((worker) => doWork(worker, config));
process.stdout.write(String(peak() - before));
await pool.close();

async function doWork(worker: ModelWorker, of: DecoderConfig): Promise<void> {
  await worker.initialise({ handle: 'base', config: of, seed: 1, path: 'peak' });
  const ids = (length: number, i: number): number[] =>
    Array.from({ length }, (_, t) => 2 + ((i * 7 + t * t) % (of.vocabSize - 3)));
  const sampled = work.kind === 'sampling' ? work : work.before;
  if (sampled !== undefined) {
    const { rows, promptTokens, maxNewTokens } = sampled;
    const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens, stopIds: [] };
    const paths = Array.from({ length: rows }, (_, i) => ({ prompt: 0, path: String(i) }));
    await worker.sample('base', { prompts: [ids(promptTokens, 0)], rows: paths, seed: 1, sampling }, of);
  }
  if (work.kind === 'sampling') return;
  const { rank, texts, tokens } = work;
  const adapter = rank && newAdapter(of, { rank, alpha: rank, rslora: false, targets: [] }, 'adapter');
  await worker.clone('base', 'student', adapter ? { adapter, seed: 1, path: 'adapter' } : undefined);
  const batch = Array.from({ length: texts }, (_, i) => {
    return { tokens: Int32Array.from(ids(tokens, i)), weights: new Float32Array(tokens).fill(1e-3) };
  });
  const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-4 } as const;
  for (let i = 0; i < 2; i++) await worker.trainStep({ handle: 'student', texts: batch, ...how });
}
