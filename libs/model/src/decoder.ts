/**
 * The decoder of the Llama family (Touvron et al., arXiv 2302.13971), as a graph.
 *
 * Choices, as in Hugging Face's LlamaForCausalLM: RMSNorm before attention and MLP (arXiv 1910.07467), rotary positions
 * on halves (arXiv 2104.09864), grouped-query attention (arXiv 2305.13245), SwiGLU (arXiv 2002.05202), no biases,
 * embeddings tied to the output head or not. Weights keep their Hugging Face names and their [out, in] layout.
 *
 * The same layer serves packed sequences (training, scoring), prompts (prefill) and single tokens (decoding): they
 * differ only in how they attend, so there is one arithmetic to sample with and to train with.
 *
 * Shapes: rows R, time T, rows x time N, hidden C, heads H, key-value heads K, group G = H / K, head size D, vocabulary V.
 */
import {
  add,
  cos,
  expand,
  gather,
  gemm,
  mul,
  reciprocal,
  reduceMean,
  reshape,
  sigmoid,
  sin,
  slice,
  softmax,
  sqrt,
  sub,
  concat,
  constant,
  cast,
  matMul,
  product,
  transpose,
  unsqueeze,
  type Graph,
  type Shape,
  type Tensor,
} from '@soar/onnx';
import type { LlamaConfig } from './llama-config.js';
import { parameterSpecs } from './parameters.js';

/** Parameters of a model by their Hugging Face names. */
export type Weights = ReadonlyMap<string, Tensor>;

/** Declares every parameter of the model as an input of the graph. */
export function declareParameters(graph: Graph, config: LlamaConfig): Weights {
  return new Map(
    parameterSpecs(config).map(({ name, shape }) => [name, graph.input(name, 'float32', shape)]),
  );
}

/** How a layer's queries [N, H*D] meet keys and values [N, K*D]: gives [N, H*D]. */
export type Attend = (layer: number, q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** Token ids of any shape to final hidden states [N, C], the last norm applied. */
export function decode(config: LlamaConfig, weights: Weights, tokens: Tensor, attend: Attend): Tensor {
  const w = (name: string): Tensor => weights.get(name)!;
  let x = reshape(gather(w('model.embed_tokens.weight'), tokens), [flat(tokens.shape), config.hiddenSize]);
  for (let i = 0; i < config.layers; i++) {
    const at = `model.layers.${i}`;
    const h = rmsNorm(x, w(`${at}.input_layernorm.weight`), config.rmsNormEps);
    const context = attend(
      i,
      linear(h, w(`${at}.self_attn.q_proj.weight`)),
      linear(h, w(`${at}.self_attn.k_proj.weight`)),
      linear(h, w(`${at}.self_attn.v_proj.weight`)),
    );
    x = add(x, linear(context, w(`${at}.self_attn.o_proj.weight`)));
    const m = rmsNorm(x, w(`${at}.post_attention_layernorm.weight`), config.rmsNormEps);
    const gate = linear(m, w(`${at}.mlp.gate_proj.weight`));
    const up = linear(m, w(`${at}.mlp.up_proj.weight`));
    x = add(x, linear(mul(mul(gate, sigmoid(gate)), up), w(`${at}.mlp.down_proj.weight`)));
  }
  return rmsNorm(x, w('model.norm.weight'), config.rmsNormEps);
}

/** Hidden states [N, C] to logits [N, V]. */
export function logits(config: LlamaConfig, weights: Weights, hidden: Tensor): Tensor {
  return linear(
    hidden,
    weights.get(config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight')!,
  );
}

/** y = x W', with W as [out, in]. */
function linear(x: Tensor, weight: Tensor): Tensor {
  return gemm(x, weight, { transB: true });
}

/** y = x / sqrt(mean(x^2) + eps) * w, over the last axis. */
function rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
  const scale = reciprocal(sqrt(add(reduceMean(mul(x, x), [-1], true), eps)));
  return mul(mul(x, scale), weight);
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

/** Rotates each head's halves: (a, b) to (a cos - b sin, b cos + a sin). x [..., heads, D], angles [..., 1, D/2]. */
export function rotate(x: Tensor, { cos: c, sin: s }: Rotary): Tensor {
  const half = (x.shape.at(-1) as number) / 2;
  const a = slice(x, -1, 0, half);
  const b = slice(x, -1, half);
  return concat([sub(mul(a, c), mul(b, s)), add(mul(b, c), mul(a, s))], -1);
}

/**
 * Attention of whole sequences: q [N, H*D], k and v [N, K*D], `bias` [R, 1, T, T] added to the scores (0 or very
 * negative). Also returns rotated keys [R, K, T, D] and values [R, K, T, D] for a cache.
 */
export function attendSequences(
  config: LlamaConfig,
  [rows, time]: readonly [Shape[number], Shape[number]],
  q: Tensor,
  k: Tensor,
  v: Tensor,
  angles: Rotary,
  bias: Tensor,
): { readonly context: Tensor; readonly keys: Tensor; readonly values: Tensor } {
  const { heads, kvHeads, headDim } = config;
  const group = heads / kvHeads;
  const byHead = (x: Tensor, count: number): Tensor => reshape(x, [rows, time, count, headDim]);
  const queries = transpose(rotate(byHead(q, heads), angles), [0, 2, 1, 3]); // [R, H, T, D]
  const keys = transpose(rotate(byHead(k, kvHeads), angles), [0, 2, 1, 3]); // [R, K, T, D]
  const values = transpose(byHead(v, kvHeads), [0, 2, 1, 3]); // [R, K, T, D]
  const repeated = (x: Tensor): Tensor => (group === 1 ? x : repeatHeads(x, group));
  const scaled = mul(queries, 1 / Math.sqrt(headDim));
  const scores = add(matMul(scaled, transpose(repeated(keys), [0, 1, 3, 2])), bias); // [R, H, T, T]
  const context = matMul(softmax(scores), repeated(values)); // [R, H, T, D]
  return {
    context: reshape(transpose(context, [0, 2, 1, 3]), [flat([rows, time]), heads * headDim]),
    keys,
    values,
  };
}

/** [R, K, T, D] to [R, K*group, T, D], each head repeated. */
function repeatHeads(x: Tensor, group: number): Tensor {
  const [rows, kvHeads, time, headDim] = x.shape as [Shape[number], number, Shape[number], number];
  const wide = expand(unsqueeze(x, 2), [rows, kvHeads, group, time, headDim]);
  return reshape(wide, [rows, kvHeads * group, time, headDim]);
}

/** The dimension that flattening `shape` gives. */
function flat(shape: Shape): Shape[number] {
  return product(shape);
}
