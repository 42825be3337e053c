/**
 * Tests of a model against transformers, peft and PyTorch: its folder has logits, greedy continuations, and an RLOO
 * loss and its gradients beside the weights (libs/model/testdata/make_families.py and make_adapters.py).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  declarePacked,
  declareParameters,
  packedLogits,
  prepare,
  type DecoderConfig,
  type NamedTensor,
} from '@soar/model';
import { encodeModel, Graph } from '@soar/onnx';
import { readAdapterParameters } from './adapter-folder.js';
import { readModelParameters } from './model-folder.js';
import type { ModelPool } from './model-pool.js';
import type { Compute } from './settings.js';
import { InferenceSession } from './onnx-runtime.js';
import type { ModelSource, TrainingText } from './protocol.js';
import { readTensors } from './weight-files.js';
import { float32, floatsOf, int64 } from './worker/tensors.js';

interface Reference {
  readonly texts: readonly number[][];
  readonly greedy: readonly { readonly prompt: number[]; readonly continuation: number[] }[];
  readonly rloo: {
    readonly prompt: number[];
    readonly samples: readonly number[][];
    readonly advantages: readonly number[];
    readonly loss: number;
  };
}

/** A model and what PyTorch computed with it. */
interface Case {
  readonly source: ModelSource;
  readonly config: DecoderConfig;
  readonly reference: Reference;
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly pool: ModelPool;
  readonly compute?: Partial<Compute>;
}

/** Tests that the model computes what stands in reference.json and reference.safetensors of its folder. */
export function checkAgainstPyTorch(
  source: ModelSource,
  config: DecoderConfig,
  pool: ModelPool,
  compute: Partial<Compute> = {},
): void {
  const its = { source, config, pool, compute, ...readReference(source.folder) };
  test('logits match PyTorch', () => checkLogits(its));
  test('greedy continuations match transformers', () => checkGreedy(its));
  test('a stream draws what the batch draws', () => checkStream(its));
  test('log-probabilities of sampled tokens are their scores', () => checkScores(its));
  test('loss and gradients of an RLOO step match PyTorch', () => checkGradients(its));
}

export function readReference(folder: string): Pick<Case, 'reference' | 'tensors'> {
  const reference = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as Reference;
  const made = readTensors(join(folder, 'reference.safetensors'));
  return { reference, tensors: new Map(made.map((tensor) => [tensor.name, tensor])) };
}

export async function checkLogits({ source, config, reference, tensors }: Omit<Case, 'pool'>): Promise<void> {
  const parameters = parametersOf(source, config);
  for (const [i, text] of reference.texts.entries()) {
    const expected = tensors.get(`logits.${i}`)!.data;
    const found = await logitsOf(config, parameters, text);
    assert.equal(found.length, expected.length);
    expected.forEach((value, at) =>
      assert.ok(Math.abs(found[at]! - value) < 2e-4, `text ${i}, ${at}: ${found[at]}, expected ${value}`),
    );
  }
}

async function checkGreedy({ source, config, reference, pool }: Case): Promise<void> {
  const request = {
    prompts: reference.greedy.map(({ prompt }) => prompt),
    rows: reference.greedy.map((_, prompt) => ({ prompt, path: `row/${prompt}` })),
    seed: 1,
    sampling: { temperature: 0, topK: 0, topP: 1, maxNewTokens: 18, stopIds: [2] },
  };
  const found = await pool.sample(source, request, config);
  found.forEach(({ tokens }, i) => assert.deepEqual([...tokens], reference.greedy[i]!.continuation));
}

async function checkStream({ source, config, reference, pool }: Case): Promise<void> {
  const { prompt, continuation } = reference.greedy.at(-1)!;
  const row = { prompt, path: 'row', seed: 1 };
  const sampling = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 18, stopIds: [2] };
  const drawn = await pool.run(async (worker) => {
    await worker.load(source);
    const tokens: number[] = [];
    for await (const { token } of worker.stream(source.handle, row, sampling, config)) {
      tokens.push(token);
    }
    return tokens;
  });
  assert.deepEqual(drawn, continuation);
}

async function checkScores({ source, config, reference, pool, compute }: Case): Promise<void> {
  const { prompt } = reference.greedy.at(-1)!;
  const rows = Array.from({ length: 4 }, (_, i) => ({ prompt: 0, path: `row/${i}` }));
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 18, stopIds: [2] };
  const request = { prompts: [prompt], rows, seed: 1, sampling };
  await pool.run(
    async (worker) => {
      await worker.load(source);
      const drawn = await worker.sample(source.handle, request, config);
      const scores = await worker.score(
        source.handle,
        drawn.map(({ tokens }) => Int32Array.of(...prompt, ...tokens)),
        1,
      );
      drawn.forEach(({ logprobs }, i) =>
        logprobs.forEach((logprob, t) => {
          const score = scores[i]![prompt.length + t]!;
          assert.ok(Math.abs(score - logprob) < 1e-4, `row ${i}, token ${t}: ${logprob}, scored ${score}`);
        }),
      );
    },
    { compute },
  );
}

async function checkGradients({ source, reference, tensors, pool, compute }: Case): Promise<void> {
  const trained = `${source.handle}/trained`;
  const { loss, moments } = await pool.run(
    async (worker) => {
      await worker.load(source);
      await worker.clone(source.handle, trained);
      const step = await worker.trainStep({
        handle: trained,
        texts: rlooTexts(reference),
        temperature: 1,
        kl: 'none',
        optimizer: { beta1: 0, beta2: 0.5, epsilon: 1e-8, weightDecay: 0, clipNorm: 1e30 },
        learningRate: 1e-6,
      });
      const saved = mkdtempSync(join(tmpdir(), 'soar-trained-'));
      await worker.save(trained, saved, { optimizer: true });
      const state = readTensors(join(saved, 'optimizer.safetensors'));
      rmSync(saved, { recursive: true });
      return { loss: step.loss, moments: state };
    },
    { compute },
  );
  assert.ok(Math.abs(loss - reference.rloo.loss) < 1e-4 * Math.max(1, Math.abs(reference.rloo.loss)));
  // With beta1 0, the first moment is the gradient.
  const gradients = moments.filter((tensor) => tensor.name.startsWith('adam.m.'));
  assert.equal(gradients.length, [...tensors.keys()].filter((key) => key.startsWith('gradient.')).length);
  for (const { name: moment, data } of gradients) {
    const expected = tensors.get(moment.replace('adam.m.', 'gradient.'))!.data;
    const apart = norm(data.map((x, i) => x - expected[i]!));
    assert.ok(apart <= 1e-3 * norm(expected), `${moment}: off by ${apart} of ${norm(expected)}`);
  }
}

function parametersOf({ folder, base }: ModelSource, config: DecoderConfig): NamedTensor[] {
  if (base === undefined) return readModelParameters(folder, config);
  const { adapter: _, ...under } = config;
  return [...readModelParameters(base.folder, under), ...readAdapterParameters(folder, config)];
}

/** Logits [tokens, vocabulary] of one text, by the graph that scoring and training use. */
async function logitsOf(
  config: DecoderConfig,
  parameters: readonly NamedTensor[],
  text: readonly number[],
): Promise<Float32Array> {
  const graph = new Graph('logits');
  const weights = prepare(config, declareParameters(graph, config));
  graph.output('logits', packedLogits(config, weights, declarePacked(graph)));
  const session = await InferenceSession.create(encodeModel(graph));
  // A second text in the row: packed texts must not attend to each other.
  const other = text.slice(0, 5);
  const row = (of: (text: readonly number[]) => number[]) =>
    int64(BigInt64Array.from([...of(other), ...of(text)], BigInt), [1, other.length + text.length]);
  const outputs = await session.run({
    ...Object.fromEntries(parameters.map(({ name, data, shape }) => [name, float32(data, shape)])),
    tokens: row((t) => [...t]),
    positions: row((t) => t.map((_, i) => i)),
    segments: row((t) => t.map(() => t.length)),
  });
  await session.release();
  return floatsOf(outputs['logits']!).slice(other.length * config.vocabSize);
}

function rlooTexts({ rloo: { prompt, samples, advantages } }: Reference): TrainingText[] {
  return samples.map((sample, i) => ({
    tokens: Int32Array.from([...prompt, ...sample]),
    weights: Float32Array.from([
      ...prompt.map(() => 0),
      ...sample.map(() => advantages[i]! / samples.length),
    ]),
  }));
}

function norm(x: Float32Array): number {
  return Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
}
