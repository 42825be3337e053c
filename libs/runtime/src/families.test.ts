/**
 * Every family against transformers and PyTorch: libs/model/testdata/families has tiny random models that
 * transformers wrote, with logits, greedy continuations, and an RLOO loss and its gradients (make_families.py there).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { declarePacked, declareParameters, packedLogits, prepare, type NamedTensor } from '@soar/model';
import { encodeModel, Graph } from '@soar/onnx';
import { readModelConfig, readModelParameters } from './model-folder.js';
import { ModelPool } from './model-pool.js';
import { InferenceSession } from './onnx-runtime.js';
import type { TrainingText } from './protocol.js';
import { settings } from './testing.fixture.js';
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

const families = fileURLToPath(new URL('../../model/testdata/families', import.meta.url));
const names = readdirSync(families);
const pool = new ModelPool(settings());
const scratch = mkdtempSync(join(tmpdir(), 'soar-families-'));
after(async () => {
  await pool.close();
  rmSync(scratch, { recursive: true });
});

/** A family's model and what PyTorch computed with it. */
interface Case {
  readonly name: string;
  readonly folder: string;
  readonly reference: Reference;
  readonly tensors: ReadonlyMap<string, NamedTensor>;
}

for (const name of names) {
  describe(name, () => {
    const folder = join(families, name);
    const reference = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as Reference;
    const made = readTensors(join(folder, 'reference.safetensors'));
    const tensors = new Map(made.map((tensor) => [tensor.name, tensor]));
    const its = { name, folder, reference, tensors };
    test('logits match transformers', () => checkLogits(its));
    test('greedy continuations match transformers', () => checkGreedy(its));
    test('a stream draws what the batch draws', () => checkStream(its));
    test('log-probabilities of sampled tokens are their scores', () => checkScores(its));
    test('a saved model has the names, layout and values of the one that was read', () => checkSaved(its));
    test('loss and gradients of an RLOO step match PyTorch', () => checkGradients(its));
  });
}

async function checkLogits({ folder, reference, tensors }: Case): Promise<void> {
  const parameters = readModelParameters(folder, readModelConfig(folder));
  for (const [i, text] of reference.texts.entries()) {
    const expected = tensors.get(`logits.${i}`)!.data;
    const found = await logitsOf(folder, parameters, text);
    assert.equal(found.length, expected.length);
    expected.forEach((value, at) =>
      assert.ok(Math.abs(found[at]! - value) < 2e-4, `text ${i}, ${at}: ${found[at]}, expected ${value}`),
    );
  }
}

async function checkGreedy({ name, folder, reference }: Case): Promise<void> {
  const request = {
    prompts: reference.greedy.map(({ prompt }) => prompt),
    rows: reference.greedy.map((_, prompt) => ({ prompt, path: `row/${prompt}` })),
    seed: 1,
    sampling: { temperature: 0, topK: 0, topP: 1, maxNewTokens: 18, stopIds: [2] },
  };
  const found = await pool.sample({ handle: name, folder }, request, readModelConfig(folder));
  found.forEach(({ tokens }, i) => assert.deepEqual([...tokens], reference.greedy[i]!.continuation));
}

async function checkStream({ name, folder, reference }: Case): Promise<void> {
  const { prompt, continuation } = reference.greedy.at(-1)!;
  const row = { prompt, path: 'row', seed: 1 };
  const sampling = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 18, stopIds: [2] };
  const drawn = await pool.run(async (worker) => {
    await worker.load(name, folder);
    const tokens: number[] = [];
    for await (const { token } of worker.stream(name, row, sampling, readModelConfig(folder))) {
      tokens.push(token);
    }
    return tokens;
  });
  assert.deepEqual(drawn, continuation);
}

async function checkScores({ name, folder, reference }: Case): Promise<void> {
  const { prompt } = reference.greedy.at(-1)!;
  const rows = Array.from({ length: 4 }, (_, i) => ({ prompt: 0, path: `row/${i}` }));
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 18, stopIds: [2] };
  const request = { prompts: [prompt], rows, seed: 1, sampling };
  await pool.run(async (worker) => {
    await worker.load(name, folder);
    const drawn = await worker.sample(name, request, readModelConfig(folder));
    const scores = await worker.score(
      name,
      drawn.map(({ tokens }) => Int32Array.of(...prompt, ...tokens)),
      1,
    );
    drawn.forEach(({ logprobs }, i) =>
      logprobs.forEach((logprob, t) => {
        const score = scores[i]![prompt.length + t]!;
        assert.ok(Math.abs(score - logprob) < 1e-4, `row ${i}, token ${t}: ${logprob}, scored ${score}`);
      }),
    );
  });
}

async function checkSaved({ name, folder }: Case): Promise<void> {
  const saved = mkdtempSync(join(scratch, 'saved-'));
  await pool.run(async (worker) => {
    await worker.load(name, folder);
    await worker.save(name, saved);
  });
  // The text must be equal: where transformers wrote 3.0, it does not accept 3.
  const config = (of: string): string => readFileSync(join(of, 'config.json'), 'utf8');
  assert.equal(config(saved), config(folder).replace('bfloat16', 'float32'));
  const sorted = (all: readonly NamedTensor[]) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const read = readdirSync(folder)
    .filter((file) => /^model.*\.safetensors$/.test(file))
    .flatMap((file) => readTensors(join(folder, file)));
  assert.deepEqual(sorted(readTensors(join(saved, 'model.safetensors'))), sorted(read));
}

async function checkGradients({ name, folder, reference, tensors }: Case): Promise<void> {
  const { loss, moments } = await pool.run(async (worker) => {
    await worker.load(name, folder);
    await worker.clone(name, `${name}/trained`);
    const step = await worker.trainStep({
      handle: `${name}/trained`,
      texts: rlooTexts(reference),
      temperature: 1,
      kl: 'none',
      optimizer: { beta1: 0, beta2: 0.5, epsilon: 1e-8, weightDecay: 0, clipNorm: 1e30 },
      learningRate: 1e-6,
    });
    const saved = mkdtempSync(join(scratch, 'trained-'));
    await worker.save(`${name}/trained`, saved, { optimizer: true });
    return { loss: step.loss, moments: readTensors(join(saved, 'optimizer.safetensors')) };
  });
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

/** Logits [tokens, vocabulary] of one text, by the graph that scoring and training use. */
async function logitsOf(
  folder: string,
  parameters: readonly NamedTensor[],
  text: readonly number[],
): Promise<Float32Array> {
  const config = readModelConfig(folder);
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
