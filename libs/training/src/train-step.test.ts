/**
 * The whole training step, against PyTorch: testdata/train-fixture.json has three optimizer steps of two tiny Llamas
 * (head untied and tied) made by transformers and torch.optim.AdamW in float64. The reference evaluator runs our graphs
 * in float64 too; the update is float32, so the two must agree to its rounding.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  declareParameters,
  mapWeights,
  prepare,
  scoreGraph,
  type DecoderConfig,
  type Part,
} from '@soar/model';
import { Graph, type Shape } from '@soar/onnx';
import { adamwScalars, clipScale, globalNorm, updateAdamW, type AdamWArrays } from '@soar/optim';
import { evaluate, value, type Value } from '@soar/reference';
import { gradientGraph } from './gradient-graph.js';
import { packTexts, type WeightedText } from './packing.js';
import { parameterGradientGraph } from './parameter-gradients.js';

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
  const graph = new Graph('prepare');
  mapWeights(prepare(config, declareParameters(graph, config)), (name, weight) => {
    graph.output(name, weight);
    return weight;
  });
  return evaluate(graph, parameters);
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
  return { ...evaluate(scoreGraph(configOf(fixture), { chunked: false }), feeds)['logprobs']!, shape };
}

/** Steps over the fixture, a micro-batch a row, and returns the last parameters. */
function train(
  fixture: Fixture,
  texts: Packed,
  kl: 'k3' | 'none',
  inspect: (step: number, out: { loss: number; kl: number; norm: number }) => void,
): Record<string, Value> {
  const config = configOf(fixture);
  const reference = score(fixture, texts, values(fixture.reference));
  const parameters = values(fixture.policy);
  const zeros = (): Record<string, Value> =>
    mapValues(parameters, (x) =>
      value(
        'float32',
        x.shape,
        x.data.map(() => 0),
      ),
    );
  const state = { m: zeros(), v: zeros() };
  fixture.steps.forEach((_, i) => {
    const { gradients, ...sums } = addUp(fixture, texts, kl, parameters, reference);
    const parts: Part[] = [...Array(config.layers).keys(), 'ends'];
    const through = (wanted: 'squares' | 'gradients'): Record<string, Value> =>
      Object.assign(
        {},
        ...parts.map((part) =>
          evaluate(parameterGradientGraph(config, part, wanted), { ...parameters, ...gradients }),
        ),
      ) as Record<string, Value>;
    const norm = globalNorm(Object.values(through('squares')).map(({ data }) => data[0]!));
    inspect(i, { ...sums, norm });
    const scalars = adamwScalars(fixture, fixture.learningRate, i + 1);
    const own = through('gradients');
    for (const [name, { shape }] of Object.entries(parameters)) {
      const gradient = own[`gradient.${name}`] ?? gradients[`gradient.${weightOf(name)}`]!;
      const tensors = { parameter: parameters[name]!, m: state.m[name]!, v: state.v[name]!, gradient };
      const arrays = mapValues(tensors, ({ data }) => Float32Array.from(data)) as unknown as AdamWArrays;
      updateAdamW(arrays, scalars, { scale: clipScale(norm, fixture.clipNorm), decays: shape.length > 1 });
      parameters[name] = value('float32', shape, arrays.parameter);
      state.m[name] = value('float32', shape, arrays.m);
      state.v[name] = value('float32', shape, arrays.v);
    }
  });
  return parameters;
}

/** The weight that is a parameter as it stands. */
function weightOf(parameter: string): string {
  if (parameter === 'model.embed_tokens.weight') return 'embedding';
  return parameter
    .replace('model.', '')
    .replace('self_attn.o_proj', 'output')
    .replace('mlp.down_proj', 'down');
}

/** Loss, KL and gradients in the weights, summed over the micro-batches. */
function addUp(
  fixture: Fixture,
  { batch, packed }: Packed,
  kl: 'k3' | 'none',
  parameters: Record<string, Value>,
  reference: Value,
) {
  const config = configOf(fixture);
  const graph = gradientGraph(config, {
    clip: false,
    kl,
    accumulate: true,
    chunked: false,
    recompute: false,
  });
  let gradients: Record<string, Value> = {};
  const sums = { loss: 0, kl: 0 };
  for (let i = 0; i < batch.microBatches; i++) {
    const here = ({ dtype, data }: { dtype: Value['dtype']; data: ArrayLike<number> }): Value =>
      value(dtype, [1, fixture.time], Array.from(data).slice(i * fixture.time, (i + 1) * fixture.time));
    const feeds: Record<string, Value> = {
      ...weightsOf(config, parameters),
      ...mapValues(packed, here),
      ...mapValues(batch.channels, (data) => here({ dtype: 'float32', data })),
      reference_logprobs: here(reference),
      temperature: scalar(fixture.temperature),
    };
    for (const { name, shape } of graph.inputs) {
      const sum = name.replace('sum.', 'gradient.');
      if (sum !== name)
        feeds[name] = gradients[sum] ?? value('float32', shape as number[], Array(size(shape)).fill(0));
    }
    const { loss, kl: penalty, ...next } = evaluate(graph, feeds);
    sums.loss += loss!.data[0]!;
    sums.kl += penalty?.data[0] ?? 0;
    gradients = next;
  }
  return { gradients, ...sums };
}

const size = (shape: Shape): number => (shape as number[]).reduce((a, b) => a * b, 1);

function mapValues<A, B>(of: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]));
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
    const trained = train(fixture, texts, 'k3', (i, { loss, kl, norm }) => {
      const expected = fixture.steps[i]!;
      // Token weights and updates are float32: seven digits.
      close(loss, expected.loss, 1e-6, `loss of step ${i}`);
      close(kl, expected.kl, 1e-6, `kl of step ${i}`);
      close(norm, expected.gradientNorm, 1e-6, `gradient norm of step ${i}`);
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
