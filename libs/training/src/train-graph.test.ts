/**
 * The whole training step, against PyTorch: testdata/train-fixture.json has three optimizer steps of two tiny Llamas
 * (head untied and tied) made by transformers and torch.optim.AdamW in float64. The reference evaluator runs our graph
 * in float64 too, so the two must agree to rounding.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { preparation, scoreGraph, type DecoderConfig } from '@soar/model';
import { adamwScalars } from '@soar/optim';
import { evaluate, value, type Value } from '@soar/reference';
import { packTexts, type WeightedText } from './packing.js';
import { trainGraph } from './train-graph.js';

type Tensors = Record<string, { shape: number[]; data: number[] }>;
interface Fixture {
  config: Record<string, number> & { tie_word_embeddings: boolean };
  time: number;
  temperature: number;
  klCoefficient: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  clipNorm: number;
  rows: number[][][];
  weights: number[][][];
  policy: Tensors;
  reference: Tensors;
  trained: Tensors;
  steps: { loss: number; kl: number; gradientNorm: number; logprobs: number[][] }[];
}

const fixtures = JSON.parse(
  readFileSync(new URL('../testdata/train-fixture.json', import.meta.url), 'utf8'),
) as Fixture[];
const close = (got: number, expected: number, tolerance: number, what: string): void =>
  assert.ok(
    Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${got} is not ${expected}`,
  );

const values = (tensors: Tensors): Record<string, Value> =>
  Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, value('float32', t.shape, t.data)]));
const scalar = (x: number): Value => value('float32', [], [x]);

for (const fixture of fixtures) {
  describe(fixture.config.tie_word_embeddings ? 'tied head' : 'untied head', () => check(fixture));
}

function configOf({ config: c }: Fixture): DecoderConfig {
  return {
    vocabSize: c['vocab_size']!,
    hiddenSize: c['hidden_size']!,
    intermediateSize: c['intermediate_size']!,
    layers: c['num_hidden_layers']!,
    heads: c['num_attention_heads']!,
    kvHeads: c['num_key_value_heads']!,
    headDim: c['head_dim']!,
    rotary: { theta: c['rope_theta']! },
    rmsNormEps: c['rms_norm_eps']!,
    tieWordEmbeddings: c.tie_word_embeddings,
    maxPositionEmbeddings: c['max_position_embeddings']!,
    eosTokenIds: [1],
  };
}

/** The texts of the fixture in one batch, a row each. */
function packedOf(fixture: Fixture) {
  const texts: WeightedText[] = fixture.rows.flatMap((row, r) =>
    row.map((tokens, i) => ({
      tokens,
      channels: {
        weights: fixture.weights[r]![i]!.map((w, t) => (t === 0 ? 0 : w)),
        kl_weights: tokens.map((_, t) => (t === 0 ? 0 : fixture.klCoefficient)),
      },
    })),
  );
  const batch = packTexts(texts, { rows: 1, time: fixture.time });
  const shape = [batch.microBatches, 1, fixture.time];
  const ids = (x: BigInt64Array): Value => value('int64', shape, Array.from(x, Number));
  const packed = {
    tokens: ids(batch.tokens),
    positions: ids(batch.positions),
    segments: ids(batch.segments),
  };
  return { batch, shape, packed };
}
type Packed = ReturnType<typeof packedOf>;

/** The weights that a graph takes, prepared from parameters. */
function weightsOf(config: DecoderConfig, parameters: Record<string, Value>): Record<string, Value> {
  const { graph, unchanged } = preparation(config);
  const shared = [...unchanged].map(([weight, parameter]) => [weight, parameters[parameter]!]);
  return { ...Object.fromEntries(shared), ...evaluate(graph, parameters) };
}

/** Log-probabilities [N, 1, T] under `parameters`, by the score graph. */
function score(fixture: Fixture, { batch, shape, packed }: Packed, parameters: Record<string, Value>): Value {
  const rows = (x: Value): Value => ({ ...x, shape: [batch.microBatches, fixture.time] });
  const feeds = {
    ...weightsOf(configOf(fixture), parameters),
    tokens: rows(packed.tokens),
    positions: rows(packed.positions),
    segments: rows(packed.segments),
    temperature: scalar(fixture.temperature),
  };
  return { ...evaluate(scoreGraph(configOf(fixture)), feeds)['logprobs']!, shape };
}

/** Steps the train graph over the fixture, as given by `options`, and returns the last outputs. */
function train(
  fixture: Fixture,
  texts: Packed,
  kl: 'k3' | 'none',
  inspect: (step: number, out: Record<string, Value>) => void,
): Record<string, Value> {
  const { batch, shape, packed } = texts;
  const graph = trainGraph(configOf(fixture), { clip: false, kl });
  let parameters = values(fixture.policy);
  const zeros = (kind: string): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(fixture.policy).map(([name, t]) => [
        `adam.${kind}.${name}`,
        value('float32', t.shape, new Array<number>(t.data.length).fill(0)),
      ]),
    );
  let moments = { ...zeros('m'), ...zeros('v') };
  const reference = score(fixture, texts, values(fixture.reference));
  const adam = { ...fixture, clipNorm: fixture.clipNorm };
  fixture.steps.forEach((_, i) => {
    const scalars = adamwScalars(adam, fixture.learningRate, i + 1);
    const out = evaluate(graph, {
      ...parameters,
      ...moments,
      ...packed,
      weights: value('float32', shape, batch.channels['weights']!),
      ...(kl === 'k3' && {
        kl_weights: value('float32', shape, batch.channels['kl_weights']!),
        reference_logprobs: reference,
      }),
      temperature: scalar(fixture.temperature),
      ...Object.fromEntries(Object.entries(scalars).map(([name, x]) => [name, scalar(x)])),
    });
    inspect(i, out);
    const next = (prefix: string): Record<string, Value> =>
      Object.fromEntries(
        Object.entries(out).flatMap(([name, v]) => (name.startsWith(prefix) ? [[name.slice(4), v]] : [])),
      );
    const all = next('new.');
    parameters = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('adam.')));
    moments = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('adam.')));
  });
  return parameters;
}

function check(fixture: Fixture): void {
  const texts = packedOf(fixture);

  // Constants (rotary frequencies, epsilon) are float32 in our graph and not in PyTorch: seven digits.
  test('log-probabilities of packed texts are those of transformers', () => {
    const scored = score(fixture, texts, values(fixture.policy));
    fixture.steps[0]!.logprobs.forEach((expected, i) =>
      expected.forEach((lp, t) =>
        close(scored.data[texts.batch.offsets[i]! + t]!, lp, 1e-6, `text ${i} token ${t}`),
      ),
    );
  });

  test('three steps with weights, k3, clip and decay are those of PyTorch', () => {
    const trained = train(fixture, texts, 'k3', (i, out) => {
      const { loss, kl, gradientNorm } = fixture.steps[i]!;
      // Weights travel as float32: seven digits.
      close(out['loss']!.data[0]!, loss, 1e-6, `loss of step ${i}`);
      close(out['kl']!.data[0]!, kl, 1e-6, `kl of step ${i}`);
      close(out['gradient_norm']!.data[0]!, gradientNorm, 1e-6, `gradient norm of step ${i}`);
    });
    for (const [name, { data }] of Object.entries(fixture.trained)) {
      data.forEach((expected, k) => close(trained[name]!.data[k]!, expected, 1e-5, `${name}[${k}]`));
    }
  });

  test('the fixture can tell: without the penalty the trained weights differ', () => {
    const trained = train(fixture, texts, 'none', () => undefined);
    const name = 'model.layers.0.self_attn.q_proj.weight';
    const apart = fixture.trained[name]!.data.some((x, k) => Math.abs(trained[name]!.data[k]! - x) > 1e-3);
    assert.ok(apart);
  });
}
