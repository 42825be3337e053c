/**
 * A process that trains once, takes from itself the right to more memory than it has and 100 MiB (RLIMIT_AS), trains on
 * what needs 1.5 GB, and then on what it did first. Prints the two small results and the error between, as JSON.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { UserError } from '@soar/core';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { ModelPool } from './model-pool.js';
import { settings, tinyConfig } from './testing.fixture.js';

const config = { ...tinyConfig, maxPositionEmbeddings: 2048 };
const pool = new ModelPool(settings({ memoryBytes: 2 ** 36 }));

/** Trains on `rows` texts of `time` tokens, all in one micro-batch. */
function train(rows: number, time: number): Promise<number> {
  const texts = Array.from({ length: rows }, (_, row) => ({
    tokens: Int32Array.from({ length: time }, (_, t) => 2 + ((row + t * t) % 20)),
    weights: new Float32Array(time).fill(1e-3),
  }));
  return pool.run(
    async (worker) => {
      await worker.initialise({ handle: 'model', config, seed: 1, path: 'memory' });
      const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-4 } as const;
      return (await worker.trainStep({ handle: 'model', texts, ...how })).gradientNorm;
    },
    { compute: { microBatchTokens: rows * time } },
  );
}

const before = await train(2, 16);
const [, sizeKib] = /VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))!;
const limit = 1024 * Number(sizeKib) + 100 * 2 ** 20;
execFileSync('prlimit', ['--pid', String(process.pid), `--as=${limit}`]);
const error: unknown = await train(16, 1024).catch((reason: unknown) => reason);
const failure =
  error instanceof UserError ? { reason: error.reason, message: error.message } : { message: String(error) };
process.stdout.write(JSON.stringify({ before, failure, after: await train(2, 16) }));
await pool.close();
