/**
 * Parameters as the layers use them, prepared once a run: the gain of a norm is multiplied into the matrix behind it,
 * queries, keys and values become one matrix, and constant factors go into the matrices that they follow. That is the
 * same function with fewer passes over the activations, forward and backward.
 *
 * Shapes: hidden C, heads H, key-value heads K, head size D, MLP F, vocabulary V.
 */
import { concat, mul, split, type Graph, type Tensor } from '@soar/onnx';
import { hasBias, normsOf, type DecoderConfig } from './decoder-config.js';
import { gainOf } from './norms.js';
import { parameterSpecs } from './parameters.js';

/** Parameters of a model by their Hugging Face names. */
export type Parameters = ReadonlyMap<string, Tensor>;

/** Declares every parameter of the model as an input of the graph. */
export function declareParameters(graph: Graph, config: DecoderConfig): Parameters {
  return new Map(
    parameterSpecs(config).map(({ name, shape }) => [name, graph.input(name, 'float32', shape)]),
  );
}

/** Biases, and the gains of norms whose output is used as it is, where the model has them. */
export type LayerWeights = {
  readonly qkv: Tensor; // [(H + 2K) D, C]
  readonly qkvBias?: Tensor; // [(H + 2K) D]
  readonly queryGain?: Tensor; // [D] or [H D]
  readonly keyGain?: Tensor; // [D] or [K D]
  readonly output: Tensor; // [C, H D]
  readonly outputBias?: Tensor; // [C]
  readonly attentionGain?: Tensor; // [C]
  readonly gate: Tensor; // [F, C]
  readonly gateBias?: Tensor; // [F]
  readonly up: Tensor; // [F, C]
  readonly upBias?: Tensor; // [F]
  readonly down: Tensor; // [C, F]
  readonly downBias?: Tensor; // [C]
  readonly mlpGain?: Tensor; // [C]
};

export interface Weights {
  readonly embedding: Tensor; // [V, C]
  readonly layers: readonly LayerWeights[];
  readonly head: Tensor; // [V, C]
}

/** Prepares parameters for use; see the head of this file. */
export function prepare(config: DecoderConfig, parameters: Parameters): Weights {
  const embedding = parameters.get('model.embed_tokens.weight')!;
  const layers = Array.from({ length: config.layers }, (_, i) => prepareLayer(config, parameters, i));
  const head = config.tieWordEmbeddings ? embedding : parameters.get('lm_head.weight')!;
  const gained = mul(head, gainOf(config, parameters.get('model.norm.weight')!));
  const { logitDivisor = 1 } = config;
  return { embedding, layers, head: scaled(gained, 1 / logitDivisor) };
}

/** Prepared weights in a fixed order, for differentiation. */
export function weightList(weights: Weights): Tensor[] {
  const layers = weights.layers.flatMap((layer) => Object.values(layer));
  return [weights.embedding, ...layers.filter((weight) => weight !== undefined), weights.head];
}

function prepareLayer(config: DecoderConfig, parameters: Parameters, layer: number): LayerWeights {
  const p = (name: string, kind = 'weight'): Tensor =>
    parameters.get(`model.layers.${layer}.${name}.${kind}`)!;
  const { residualScale = 1, queryKeyNorm, attentionScale = 1 / Math.sqrt(config.headDim) } = config;
  const norms = normsOf(config);
  const gain = (norm: string): Tensor => gainOf(config, p(norm));
  /** With the gain of the norm before it. */
  const behind = (norm: string | undefined, weight: Tensor): Tensor =>
    norm === undefined ? weight : mul(weight, gain(norm));
  /** With the scale of the residual stream, unless a norm follows, which would undo it. */
  const written = (norm: string | undefined, weight: Tensor): Tensor =>
    norm === undefined ? scaled(weight, residualScale) : weight;
  const biased = (part: 'qkv' | 'output' | 'mlp'): boolean => hasBias(config, part);
  const [gate, up] = gateAndUp(config, p, 'weight');
  const [gateBias, upBias] = biased('mlp') ? gateAndUp(config, p, 'bias') : [];
  return {
    qkv: behind(norms.beforeAttention, queriesKeysValues(config, p, 'weight')),
    ...(biased('qkv') && { qkvBias: queriesKeysValues(config, p, 'bias') }),
    ...(queryKeyNorm && {
      queryGain: scaled(gain('self_attn.q_norm'), attentionScale),
      keyGain: gain('self_attn.k_norm'),
    }),
    output: written(norms.afterAttention, p('self_attn.o_proj')),
    ...(biased('output') && { outputBias: written(norms.afterAttention, p('self_attn.o_proj', 'bias')) }),
    ...(norms.afterAttention && { attentionGain: scaled(gain(norms.afterAttention), residualScale) }),
    gate: behind(norms.beforeMlp, gate),
    ...(gateBias && { gateBias }),
    up: behind(norms.beforeMlp, up),
    ...(upBias && { upBias }),
    down: written(norms.afterMlp, p('mlp.down_proj')),
    ...(biased('mlp') && { downBias: written(norms.afterMlp, p('mlp.down_proj', 'bias')) }),
    ...(norms.afterMlp && { mlpGain: scaled(gain(norms.afterMlp), residualScale) }),
  };
}

type LayerParameter = (name: string, kind: 'weight' | 'bias') => Tensor;

/** One matrix [(H + 2K) D, C] or one bias. The scale of the scores is in the queries, or in the gain of their norm. */
function queriesKeysValues(config: DecoderConfig, p: LayerParameter, kind: 'weight' | 'bias'): Tensor {
  const { heads, kvHeads, headDim, queryKeyNorm } = config;
  const { attentionScale = 1 / Math.sqrt(headDim) } = config;
  const sizes = [heads * headDim, kvHeads * headDim, kvHeads * headDim];
  const [queries, keys, values] = config.fusedParameters
    ? (split(p('self_attn.qkv_proj', kind), 0, sizes) as [Tensor, Tensor, Tensor])
    : [p('self_attn.q_proj', kind), p('self_attn.k_proj', kind), p('self_attn.v_proj', kind)];
  return concat([scaled(queries, queryKeyNorm ? 1 : attentionScale), keys, values], 0);
}

function gateAndUp(config: DecoderConfig, p: LayerParameter, kind: 'weight' | 'bias'): [Tensor, Tensor] {
  const { intermediateSize: f, fusedParameters } = config;
  return fusedParameters
    ? (split(p('mlp.gate_up_proj', kind), 0, [f, f]) as [Tensor, Tensor])
    : [p('mlp.gate_proj', kind), p('mlp.up_proj', kind)];
}

function scaled(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : mul(x, factor);
}
