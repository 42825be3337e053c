/**
 * The decoder of the Llama family (Touvron et al., arXiv 2302.13971), as a graph.
 *
 * Choices, as in Hugging Face's LlamaForCausalLM: RMSNorm before attention and MLP (arXiv 1910.07467), rotary positions
 * on halves (arXiv 2104.09864), grouped-query attention (arXiv 2305.13245), SwiGLU (arXiv 2002.05202), no biases,
 * embeddings tied to the output head or not. Parameters keep their Hugging Face names and their [out, in] layout.
 *
 * Before use the parameters are prepared once a run: the gain of a norm is multiplied into the matrix behind it, queries,
 * keys and values become one matrix, and 1/sqrt(D) goes into the queries. That is the same function with fewer passes
 * over the activations, forward and backward.
 *
 * The same layer serves packed sequences (training, scoring), prompts (prefill) and single tokens (decoding): they
 * differ only in how they attend, so there is one arithmetic to sample with and to train with.
 *
 * Shapes: rows R, time T, rows x time N, hidden C, heads H, key-value heads K, head size D, MLP F, vocabulary V.
 */
import {
  add,
  cast,
  concat,
  constant,
  cos,
  expand,
  gather,
  gemm,
  matMul,
  mul,
  product,
  reshape,
  rmsNormalise,
  silu,
  sin,
  softmax,
  split,
  sub,
  transpose,
  unsqueeze,
  type Dim,
  type Graph,
  type Tensor,
} from '@soar/onnx';
import type { LlamaConfig } from './llama-config.js';
import { parameterSpecs } from './parameters.js';

/** Parameters of a model by their Hugging Face names. */
export type Parameters = ReadonlyMap<string, Tensor>;

/** Declares every parameter of the model as an input of the graph. */
export function declareParameters(graph: Graph, config: LlamaConfig): Parameters {
  return new Map(
    parameterSpecs(config).map(({ name, shape }) => [name, graph.input(name, 'float32', shape)]),
  );
}

interface LayerWeights {
  readonly qkv: Tensor; // [(H + 2K) D, C]
  readonly output: Tensor; // [C, H D]
  readonly gate: Tensor; // [F, C]
  readonly up: Tensor; // [F, C]
  readonly down: Tensor; // [C, F]
}

/** Parameters as the layers use them. */
export interface Weights {
  readonly embedding: Tensor; // [V, C]
  readonly layers: readonly LayerWeights[];
  readonly head: Tensor; // [V, C]
}

/** Prepares parameters for use; see the head of this file. */
export function prepare(config: LlamaConfig, parameters: Parameters): Weights {
  const p = (name: string): Tensor => parameters.get(`model.${name}.weight`)!;
  const embedding = p('embed_tokens');
  const layers = Array.from({ length: config.layers }, (_, i) => {
    const attention = `layers.${i}.self_attn`;
    const mlp = `layers.${i}.mlp`;
    const mlpGain = p(`layers.${i}.post_attention_layernorm`);
    const queries = mul(p(`${attention}.q_proj`), 1 / Math.sqrt(config.headDim));
    return {
      qkv: mul(
        concat([queries, p(`${attention}.k_proj`), p(`${attention}.v_proj`)], 0),
        p(`layers.${i}.input_layernorm`),
      ),
      output: p(`${attention}.o_proj`),
      gate: mul(p(`${mlp}.gate_proj`), mlpGain),
      up: mul(p(`${mlp}.up_proj`), mlpGain),
      down: p(`${mlp}.down_proj`),
    };
  });
  const head = config.tieWordEmbeddings ? embedding : parameters.get('lm_head.weight')!;
  return { embedding, layers, head: mul(head, p('norm')) };
}

/** Prepared weights in a fixed order, for differentiation. */
export function weightList(weights: Weights): Tensor[] {
  const layers = weights.layers.flatMap(({ qkv, output, gate, up, down }) => [qkv, output, gate, up, down]);
  return [weights.embedding, ...layers, weights.head];
}

/** How a layer's queries, keys and values, joined as [N, (H + 2K) D], meet: gives [N, H D]. */
export type Attend = (layer: number, qkv: Tensor) => Tensor;

/** Token ids of any shape to final hidden states [N, C], normalised. */
export function decode(config: LlamaConfig, weights: Weights, tokens: Tensor, attend: Attend): Tensor {
  const { hiddenSize, rmsNormEps } = config;
  let x = reshape(gather(weights.embedding, tokens), [product(tokens.shape), hiddenSize]);
  weights.layers.forEach(({ qkv, output, gate, up, down }, i) => {
    const context = attend(i, linear(rmsNormalise(x, rmsNormEps), qkv));
    x = add(x, linear(context, output));
    const h = rmsNormalise(x, rmsNormEps);
    x = add(x, linear(mul(silu(linear(h, gate)), linear(h, up)), down));
  });
  return rmsNormalise(x, rmsNormEps);
}

/** Hidden states [N, C] to logits [N, V]. */
export function logits(weights: Weights, hidden: Tensor): Tensor {
  return linear(hidden, weights.head);
}

/** y = x W', with W as [out, in]. */
function linear(x: Tensor, weight: Tensor): Tensor {
  return gemm(x, weight, { transB: true });
}

/** Cosines and sines of the rotary angles, [..., D/2] for positions [...]. */
export interface Rotary {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

export function rotary(config: LlamaConfig, positions: Tensor): Rotary {
  const half = config.headDim / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => config.ropeTheta ** (-i / half));
  const angles = mul(
    unsqueeze(cast(positions, 'float32'), -1),
    constant(positions, 'float32', [half], frequencies),
  );
  return { cos: cos(angles), sin: sin(angles) };
}

/** Rotates halves: (a, b) to (a cos - b sin, b cos + a sin). x [..., D], angles that broadcast to [..., D/2]. */
export function rotate(x: Tensor, { cos: c, sin: s }: Rotary): Tensor {
  const half = (x.shape.at(-1) as number) / 2;
  const [a, b] = split(x, -1, [half, half]) as [Tensor, Tensor];
  return concat([sub(mul(a, c), mul(b, s)), add(mul(b, c), mul(a, s))], -1);
}

/**
 * Causal attention of whole sequences: qkv [R*T, (H + 2K) D], rotary angles [R, 1, T, D/2], `bias` [R, 1, T, T] added to
 * the scores (0 or very negative). Also returns the rotated keys and the values [R, K, T, D], for a cache.
 */
export function attendSequences(
  config: LlamaConfig,
  [rows, time]: readonly [Dim, Dim],
  qkv: Tensor,
  angles: Rotary,
  bias: Tensor,
): { readonly context: Tensor; readonly keys: Tensor; readonly values: Tensor } {
  const { heads, kvHeads, headDim } = config;
  const byHead = transpose(reshape(qkv, [rows, time, heads + 2 * kvHeads, headDim]), [0, 2, 1, 3]); // [R, H+2K, T, D]
  const [toRotate, values] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
  const [queries, keys] = split(rotate(toRotate, angles), 1, [heads, kvHeads]) as [Tensor, Tensor];
  const repeated = (x: Tensor): Tensor => repeatHeads(x, heads / kvHeads);
  const scores = add(matMul(queries, transpose(repeated(keys), [0, 1, 3, 2])), bias); // [R, H, T, T]
  const context = matMul(softmax(scores), repeated(values)); // [R, H, T, D]
  return {
    context: reshape(transpose(context, [0, 2, 1, 3]), [product([rows, time]), heads * headDim]),
    keys,
    values,
  };
}

/** [R, K, T, D] to [R, K*group, T, D], each head repeated. */
function repeatHeads(x: Tensor, group: number): Tensor {
  if (group === 1) return x;
  const [rows, kvHeads, time, headDim] = x.shape as [Dim, number, Dim, number];
  const wide = expand(unsqueeze(x, 2), [rows, kvHeads, group, time, headDim]);
  return reshape(wide, [rows, kvHeads * group, time, headDim]);
}
