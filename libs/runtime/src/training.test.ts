import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '@soar/core';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { ModelPool } from './model-pool.js';
import type { ModelWorker } from './model-worker.js';
import type { TrainingText } from './protocol.js';
import { settings, tinyConfig, tinyFolder } from './testing.fixture.js';

const pool = new ModelPool(settings());
const folder = mkdtempSync(join(tmpdir(), 'soar-runtime-'));
after(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

/** Texts of different lengths whose tokens all count the same. */
const texts: TrainingText[] = [5, 9, 3, 30, 12, 7, 7].map((length, i) => ({
  tokens: Int32Array.from({ length }, (_, t) => (t === 0 ? 1 : ((i * 7 + t * t) % 20) + 3)),
  weights: new Float32Array(length).fill(1 / 73),
}));

const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 } as const;

async function train(worker: ModelWorker, handle: string, steps: number): Promise<number[]> {
  const losses = [];
  for (let i = 0; i < steps; i++) losses.push((await worker.trainStep({ handle, texts, ...how })).loss);
  return losses;
}

test('training lowers the loss, and the loss is that of the scores', async () => {
  await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    await worker.clone('tiny', 'student');
    const scores = await worker.score(
      'tiny',
      texts.map(({ tokens }) => tokens),
      1,
    );
    const expected = -scores.reduce((sum, s) => sum + s.reduce((a, b) => a + b, 0), 0) / 73;
    const losses = await train(worker, 'student', 30);
    assert.ok(Math.abs(losses[0]! - expected) < 1e-5, `${losses[0]} and ${expected}`);
    assert.ok(losses.at(-1)! < losses[0]! / 2, losses.join(' '));
    assert.deepEqual(
      await worker.score(
        'tiny',
        texts.map(({ tokens }) => tokens),
        1,
      ),
      scores,
      'the base is as it was',
    );
  });
});

test('equal trainings give equal bits, in another worker too', async () => {
  const lossesOf = (own: ModelPool): Promise<number[]> =>
    own.run(async (worker) => {
      await worker.load({ handle: 'tiny', folder: tinyFolder });
      await worker.clone('tiny', 'student');
      return train(worker, 'student', 5);
    });
  const other = new ModelPool(settings());
  assert.deepEqual(await lossesOf(other), await lossesOf(pool));
  await other.close();
});

test('a saved policy resumes exactly, optimizer included, and any tool can read the folder', async () => {
  await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    await worker.clone('tiny', 'a');
    await train(worker, 'a', 3);
    await worker.save('a', folder, { optimizer: true });
    assert.deepEqual(readdirSync(folder).sort(), [
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'optimizer.safetensors',
    ]);
    await worker.load({ handle: 'saved', folder });
    await worker.clone('saved', 'b');
    assert.equal(await worker.loadOptimizer('b', folder), 3);
    assert.deepEqual(await train(worker, 'b', 3), await train(worker, 'a', 3));
    assert.equal(await worker.loadOptimizer('b', tinyFolder), 0);
  });
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  assert.equal(config['dtype'], 'float32');
});

test('a KL term against itself is 0 and has no gradient; a clip does not change the first step', async () => {
  await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    const referenceLogprobs = await worker.score(
      'tiny',
      texts.map(({ tokens }) => tokens),
      1,
    );
    const withKl = texts.map((text, i) => ({
      ...text,
      sampledLogprobs: referenceLogprobs[i]!,
      referenceLogprobs: referenceLogprobs[i]!,
      klWeights: text.weights,
    }));
    await worker.clone('tiny', 'plain');
    const plain = await worker.trainStep({ handle: 'plain', texts, ...how });
    for (const kl of ['k1', 'k3'] as const) {
      await worker.clone('tiny', kl);
      const step = await worker.trainStep({ handle: kl, texts: withKl, ...how, kl });
      assert.ok(Math.abs(step.kl) < 1e-6);
      if (kl === 'k3') assert.ok(Math.abs(step.gradientNorm - plain.gradientNorm) < 1e-4);
    }
    await worker.clone('tiny', 'clipped');
    const clipped = await worker.trainStep({ handle: 'clipped', texts: withKl, ...how, clipEpsilon: 0.2 });
    assert.ok(Math.abs(clipped.gradientNorm - plain.gradientNorm) < 1e-4);
  });
});

test('gradients over several micro-batches are those of one', async () => {
  const stepWith = (microBatchTokens: number) =>
    pool.run(
      async (worker) => {
        await worker.load({ handle: 'tiny', folder: tinyFolder });
        await worker.clone('tiny', 'student');
        const first = await worker.trainStep({ handle: 'student', texts, ...how });
        const second = await worker.trainStep({ handle: 'student', texts, ...how });
        return [first.loss, first.gradientNorm, second.loss, second.gradientNorm];
      },
      { compute: { microBatchTokens } },
    );
  const [several, one] = [await stepWith(32), await stepWith(1024)];
  several.forEach((x, i) =>
    assert.ok(Math.abs(x - one[i]!) < 1e-4 * Math.abs(one[i]!), `${several.join()}, ${one.join()}`),
  );
});

test('a step that is not finite is refused, and the policy stays as it was', async () => {
  await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    await worker.clone('tiny', 'student');
    const bad = [{ ...texts[0]!, weights: new Float32Array(5).fill(NaN) }];
    await assert.rejects(
      worker.trainStep({ handle: 'student', texts: bad, ...how }),
      (error) =>
        error instanceof UserError && error.reason === 'NOT_FINITE' && /loss NaN/.test(error.message),
    );
    await worker.clone('tiny', 'other');
    assert.deepEqual(await train(worker, 'student', 2), await train(worker, 'other', 2));
  });
});

test('a batch that cannot fit into memory is refused before any work', async () => {
  const small = new ModelPool(settings({ memoryBytes: 300_000 }));
  const tokens = new Int32Array(60).fill(4);
  const run = small.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    await worker.clone('tiny', 'student');
    await worker.trainStep({ handle: 'student', texts: [{ tokens, weights: new Float32Array(60) }], ...how });
  });
  await assert.rejects(
    run,
    (error) =>
      error instanceof UserError &&
      error.reason === 'RESOURCE_EXHAUSTED' &&
      /training with micro-batches of 1 x 64 tokens needs about [\d.]+ [KM]iB/.test(error.message),
  );
  await small.close();
});

test('a model made from a seed learns to copy', async () => {
  // Text: 1 a b c 2 a b c 3, with loss on the copy; the model has to look back to know it.
  const config = { ...tinyConfig, hiddenSize: 32, intermediateSize: 64, headDim: 8 };
  const batch = (step: number): TrainingText[] =>
    Array.from({ length: 32 }, (_, i) => {
      const [a, b, c] = [7, 11, 13].map((k) => 4 + ((step * 131 + i * 17 + ((step + i) % k) * 5) % 18));
      return {
        tokens: Int32Array.of(1, a!, b!, c!, 2, a!, b!, c!, 3),
        weights: Float32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1).map((w) => w / 128),
      };
    });
  await pool.run(async (worker) => {
    await worker.initialise({ handle: 'new', config, seed: 1, path: 'initial', std: 0.1 });
    let loss = Infinity;
    for (let step = 0; step < 300 && loss > 0.1; step++) {
      ({ loss } = await worker.trainStep({ handle: 'new', texts: batch(step), ...how, learningRate: 3e-3 }));
    }
    assert.ok(loss <= 0.1, `loss ${loss} after 300 steps`);
  });
});
