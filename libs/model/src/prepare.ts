/**
 * From parameters, as the model's file holds them, to weights, as the layers use them: queries, keys and values become
 * one matrix, constant factors go into the matrices that they follow, and in narrow models the gain of a norm is
 * multiplied into the matrix behind it (gainsAreFolded in weights.ts). That is the same function with fewer passes over
 * the activations, forward and backward. It is done when parameters change, and not on every run.
 *
 * Shapes: hidden C, heads H, key-value heads K, head size D, MLP F, vocabulary V.
 */
import { concat, Graph, mul, split, type Tensor } from '@soar/onnx';
import { adapterName, adapterSpecs, kindOf } from './adapters/adapter.js';
import { lowRankOf, type AdaptedLayer } from './adapters/low-rank.js';
import { hasBias, normsOf, type DecoderConfig } from './decoder-config.js';
import { isMatrix } from './half.js';
import { scaled, type Linear } from './linear.js';
import { gainOf } from './norms.js';
import { parameterSpecs, type ParameterSpec } from './parameters.js';
import {
  embeddingIsHead,
  gainsAreFolded,
  isOfAdapter,
  mapLayer,
  mapWeights,
  normIsInHead,
  type LayerWeights,
  type Weights,
} from './weights.js';

/** Parameters of a model by their Hugging Face names, those of its adapter included. */
export type Parameters = ReadonlyMap<string, Tensor>;

/** Declares every parameter of the model, and of its adapter, as an input of the graph. */
export function declareParameters(graph: Graph, config: DecoderConfig): Parameters {
  return declared(graph, [...parameterSpecs(config), ...adapterSpecs(config)]);
}

function declared(graph: Graph, specs: readonly ParameterSpec[]): Parameters {
  return new Map(specs.map(({ name, shape }) => [name, graph.input(name, 'float32', shape)]));
}

/** Declares every weight of the model, and of its adapter, as an input of the graph. */
export function declareWeights(graph: Graph, config: DecoderConfig): Weights {
  const computed = prepare(config, declareParameters(new Graph('prepare'), config));
  return mapWeights(computed, (name, { shape }) => graph.input(name, 'float32', shape));
}

/** Prepares parameters for use; see the head of this file. */
export function prepare(config: DecoderConfig, parameters: Parameters): Weights {
  const layers = Array.from({ length: config.layers }, (_, i) => prepareLayer(config, parameters, i));
  return { ...prepareEnds(config, parameters), layers };
}

/** A part of the model that is prepared by itself: one layer, or both ends (embedding, last norm and head). */
export type Part = number | 'ends';

/**
 * A part from its parameters, which become inputs of the graph: those and the part's own weights, by name. Of a model
 * with an adapter the own weights are the adapter's.
 */
export function preparePart(
  graph: Graph,
  config: DecoderConfig,
  part: Part,
): { readonly parameters: Parameters; readonly weights: ReadonlyMap<string, Tensor> } {
  const specs = [...parameterSpecs(config), ...adapterSpecs(config)];
  const parameters = declared(
    graph,
    specs.filter(({ name }) => partOf(name) === part),
  );
  const weights = new Map<string, Tensor>();
  const take = (name: string, weight: Tensor): Tensor => {
    if (isOfAdapter(name) === (config.adapter !== undefined)) weights.set(name, weight);
    return weight;
  };
  if (part === 'ends') mapWeights({ ...prepareEnds(config, parameters), layers: [] }, take);
  else mapLayer(prepareLayer(config, parameters, part), part, take);
  return { parameters, weights };
}

/** The part that a parameter or a weight belongs to. */
export function partOf(name: string): Part {
  const layer = /(?:^|\.)layers\.(\d+)\./.exec(name)?.[1];
  return layer === undefined ? 'ends' : Number(layer);
}

/** The first part that is prepared alike, whose graphs serve this one too, with the names of its layer. */
export function likePart({ adapter }: DecoderConfig, part: Part): Part {
  if (part === 'ends') return part;
  const adapted = (layer: number): string =>
    (adapter?.layers ?? [])
      .filter((name) => partOf(name) === layer)
      .map(kindOf)
      .join();
  let first = 0;
  while (adapted(first) !== adapted(part)) first++;
  return first;
}

/**
 * Graph that prepares a part. Inputs: its parameters. Outputs: its own weights, but those that are parameters; with
 * `matrices` all of its matrices, which are in another precision than parameters.
 */
export function prepareGraph(config: DecoderConfig, part: Part, { matrices = false } = {}): Graph {
  const graph = new Graph('prepare');
  for (const [name, weight] of preparePart(graph, config, part).weights) {
    if (weight.producer !== undefined || (matrices && isMatrix(name))) graph.output(name, weight);
  }
  return graph;
}

function prepareEnds(config: DecoderConfig, parameters: Parameters): Omit<Weights, 'layers'> {
  const embedding = parameters.get('model.embed_tokens.weight')!;
  const norm = gainOf(config, parameters.get('model.norm.weight')!);
  if (embeddingIsHead(config)) return { embedding, norm };
  const head = config.tieWordEmbeddings ? embedding : parameters.get('lm_head.weight')!;
  if (!normIsInHead(config)) return { embedding, norm, head };
  const { logitDivisor = 1 } = config;
  return { embedding, norm, head: scaled(mul(head, norm), 1 / logitDivisor) };
}

function prepareLayer(config: DecoderConfig, parameters: Parameters, layer: number): LayerWeights {
  const at = `model.layers.${layer}`;
  const p: LayerParameter = (name, kind = 'weight') => parameters.get(`${at}.${name}.${kind}`)!;
  const { residualScale = 1, queryKeyNorm, hiddenSize } = config;
  const norms = normsOf(config);
  const gain = (norm: string): Tensor => gainOf(config, p(norm));
  const folded = gainsAreFolded(config);
  /** With the gain of the norm before it, where gains are folded. */
  const behind = (norm: string | undefined, weight: Tensor): Tensor =>
    norm === undefined || !folded ? weight : mul(weight, gain(norm));
  /** With the scale of the residual stream, unless a norm follows, which would undo it. */
  const written = (norm: string | undefined, weight: Tensor): Tensor =>
    norm === undefined ? scaled(weight, residualScale) : weight;
  const biased = (part: 'qkv' | 'output' | 'mlp'): boolean => hasBias(config, part);
  const adapted = (layers: readonly AdaptedLayer[], normBefore?: string) =>
    lowRankOf(
      config.adapter,
      (name, matrix) => parameters.get(adapterName(`${at}.${name}`, matrix)),
      layers,
      (a) => behind(normBefore, a),
    );
  const intoStream = (name: string, part: 'output' | 'mlp', norm: string | undefined): Linear => ({
    weight: written(norm, p(name)),
    ...(biased(part) && { bias: written(norm, p(name, 'bias')) }),
    ...adapted([{ name, width: hiddenSize, rows: (b) => written(norm, b) }]),
  });
  const [gate, up] = gateAndUp(config, p, 'weight');
  const [gateBias, upBias] = biased('mlp') ? gateAndUp(config, p, 'bias') : [];
  const [gateLayer, upLayer] = gateUpLayers(config);
  const { beforeAttention, beforeMlp } = folded ? {} : norms;
  return {
    ...(beforeAttention && { attentionInputGain: gain(beforeAttention) }),
    qkv: {
      weight: behind(norms.beforeAttention, queriesKeysValues(config, p, 'weight')),
      ...(biased('qkv') && { bias: queriesKeysValues(config, p, 'bias') }),
      ...adapted(queryKeyValueLayers(config), norms.beforeAttention),
    },
    ...(queryKeyNorm && {
      queryGain: scaled(gain('self_attn.q_norm'), attentionScaleOf(config)),
      keyGain: gain('self_attn.k_norm'),
    }),
    output: intoStream('self_attn.o_proj', 'output', norms.afterAttention),
    ...(norms.afterAttention && { attentionGain: scaled(gain(norms.afterAttention), residualScale) }),
    ...(beforeMlp && { mlpInputGain: gain(beforeMlp) }),
    gate: {
      weight: behind(norms.beforeMlp, gate),
      ...(gateBias && { bias: gateBias }),
      ...adapted([gateLayer], norms.beforeMlp),
    },
    up: {
      weight: behind(norms.beforeMlp, up),
      ...(upBias && { bias: upBias }),
      ...adapted([upLayer], norms.beforeMlp),
    },
    down: intoStream('mlp.down_proj', 'mlp', norms.afterMlp),
    ...(norms.afterMlp && { mlpGain: scaled(gain(norms.afterMlp), residualScale) }),
  };
}

type LayerParameter = (name: string, kind?: 'weight' | 'bias') => Tensor;

/** One matrix [(H + 2K) D, C] or one bias. The scale of the scores is in the queries, or in the gain of their norm. */
function queriesKeysValues(config: DecoderConfig, p: LayerParameter, kind: 'weight' | 'bias'): Tensor {
  if (config.fusedParameters) return queriesScaled(config, p('self_attn.qkv_proj', kind));
  const queries = scaledQueries(config, p('self_attn.q_proj', kind));
  return concat([queries, p('self_attn.k_proj', kind), p('self_attn.v_proj', kind)], 0);
}

function queryKeyValueLayers(config: DecoderConfig): AdaptedLayer[] {
  const [queries, keys, values] = queryKeyValueRows(config);
  if (config.fusedParameters) {
    const width = queries + keys + values;
    return [{ name: 'self_attn.qkv_proj', width, rows: (b) => queriesScaled(config, b) }];
  }
  return [
    { name: 'self_attn.q_proj', width: queries, rows: (b) => scaledQueries(config, b) },
    { name: 'self_attn.k_proj', width: keys },
    { name: 'self_attn.v_proj', width: values },
  ];
}

/** Rows of queries, keys and values, of which the queries get the scale of the scores. */
function queriesScaled(config: DecoderConfig, rows: Tensor): Tensor {
  const [queries, keys, values] = split(rows, 0, queryKeyValueRows(config)) as [Tensor, Tensor, Tensor];
  return concat([scaledQueries(config, queries), keys, values], 0);
}

function scaledQueries(config: DecoderConfig, queries: Tensor): Tensor {
  return scaled(queries, config.queryKeyNorm ? 1 : attentionScaleOf(config));
}

function queryKeyValueRows({ heads, kvHeads, headDim }: DecoderConfig): [number, number, number] {
  return [heads * headDim, kvHeads * headDim, kvHeads * headDim];
}

function attentionScaleOf({ attentionScale, headDim }: DecoderConfig): number {
  return attentionScale ?? 1 / Math.sqrt(headDim);
}

function gateAndUp(config: DecoderConfig, p: LayerParameter, kind: 'weight' | 'bias'): [Tensor, Tensor] {
  const { intermediateSize: f, fusedParameters } = config;
  return fusedParameters
    ? (split(p('mlp.gate_up_proj', kind), 0, [f, f]) as [Tensor, Tensor])
    : [p('mlp.gate_proj', kind), p('mlp.up_proj', kind)];
}

function gateUpLayers({
  intermediateSize: width,
  fusedParameters,
}: DecoderConfig): [AdaptedLayer, AdaptedLayer] {
  if (!fusedParameters) {
    return [
      { name: 'mlp.gate_proj', width },
      { name: 'mlp.up_proj', width },
    ];
  }
  const half = (i: number): AdaptedLayer => ({
    name: 'mlp.gate_up_proj',
    width,
    rows: (b) => split(b, 0, [width, width])[i]!,
  });
  return [half(0), half(1)];
}
