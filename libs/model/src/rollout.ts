/**
 * Rollouts as one graph: prompts are read once, then a loop inside ONNX Runtime draws tokens until every row has ended.
 *
 * The key-value cache has two parts. Keys and values of the prompts are made once per distinct prompt and only looked at
 * by the loop; those of drawn tokens are carried by it and grow by one a round. Tokens are drawn by inverse CDF from one
 * uniform number a token, so a row's tokens depend on its own numbers alone, whatever else is in the batch.
 *
 * Log-probabilities are those after temperature and before top-k and top-p, equal to the score graph's up to rounding.
 *
 * Shapes: distinct prompts Q, longest prompt P, rows B, key-value heads K, group G = H / K, head size D, vocabulary V.
 */
import {
  add,
  and,
  cast,
  concat,
  div,
  exp,
  expand,
  gather,
  Graph,
  iota,
  loop,
  matMul,
  max,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  scalar,
  split,
  sub,
  transpose,
  unsqueeze,
  type Tensor,
} from '@soar/onnx';
import {
  attendSequences,
  decode,
  declareParameters,
  logits,
  prepare,
  rotary,
  rotate,
  type Weights,
} from './decoder.js';
import type { LlamaConfig } from './llama-config.js';
import { causalBias, lengthBias } from './masks.js';
import { declareSampling, drawTokens, isOneOf } from './sampling.js';

/** Keys and values of one layer, [rows, K, time, D] each. */
export interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Reads prompts [Q, P], right-padded: the logits after each prompt's last token [Q, V], and every layer's cache. */
export function prefill(
  config: LlamaConfig,
  weights: Weights,
  prompts: Tensor,
  lengths: Tensor,
): { readonly logits: Tensor; readonly cache: readonly LayerCache[] } {
  const [count, time] = prompts.shape as [string, string];
  const positions = unsqueeze(iota(prompts, time), 0); // [1, P]
  const { cos, sin } = rotary(config, positions);
  const angles = { cos: unsqueeze(cos, 1), sin: unsqueeze(sin, 1) }; // [1, 1, P, D/2]
  const bias = causalBias(prompts, time);
  const cache: LayerCache[] = [];
  const hidden = decode(config, weights, prompts, (_, qkv) => {
    const { context, keys, values } = attendSequences(config, [count, time], qkv, angles, bias);
    cache.push({ keys, values });
    return context;
  });
  // Row i's last token stands at i * P + length - 1 of the flattened hidden states.
  const width = reduceMax(add(iota(prompts, time), 1), [0]);
  const last = add(mul(iota(prompts, count), width), sub(lengths, 1)); // [Q]
  return { logits: logits(weights, gather(hidden, last)), cache };
}

/** One token a row: tokens [B] at positions [B], after the prompt's cache and `past` drawn tokens. */
export function decodeStep(
  config: LlamaConfig,
  weights: Weights,
  tokens: Tensor,
  positions: Tensor,
  prompt: { readonly cache: readonly LayerCache[]; readonly bias: Tensor },
  past: readonly LayerCache[],
): { readonly logits: Tensor; readonly cache: readonly LayerCache[] } {
  const { kvHeads, heads, headDim } = config;
  const [batch] = tokens.shape as [string];
  const { cos, sin } = rotary(config, positions);
  const angles = { cos: unsqueeze(cos, 1), sin: unsqueeze(sin, 1) }; // [B, 1, D/2]
  const cache: LayerCache[] = [];
  const hidden = decode(config, weights, tokens, (layer, qkv) => {
    const byHead = reshape(qkv, [batch, heads + 2 * kvHeads, headDim]);
    const [toRotate, drawn] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
    const [q, k] = split(rotate(toRotate, angles), 1, [heads, kvHeads]) as [Tensor, Tensor];
    const query = reshape(q, [batch, kvHeads, heads / kvHeads, headDim]); // [B, K, G, D]
    const key = unsqueeze(k, 2); // [B, K, 1, D]
    const value = unsqueeze(drawn, 2);
    const keys = concat([past[layer]!.keys, key], 2);
    const values = concat([past[layer]!.values, value], 2);
    cache.push({ keys, values });
    const before = prompt.cache[layer]!;
    const onPrompt = add(matMul(query, transpose(before.keys, [0, 1, 3, 2])), prompt.bias); // [B, K, G, P]
    const onDrawn = matMul(query, transpose(keys, [0, 1, 3, 2])); // [B, K, G, past + 1]
    // One softmax over both parts of the cache, without joining them.
    const highest = max(reduceMax(onPrompt, [3], true), reduceMax(onDrawn, [3], true)); // [B, K, G, 1]
    const a = exp(sub(onPrompt, highest));
    const b = exp(sub(onDrawn, highest));
    const total = add(reduceSum(a, [3], true), reduceSum(b, [3], true));
    const context = div(add(matMul(a, before.values), matMul(b, values)), total); // [B, K, G, D]
    return reshape(context, [batch, heads * headDim]);
  });
  return { logits: logits(weights, hidden), cache };
}

/**
 * Graph that samples. Inputs: parameters; prompt_ids [Q, P] and prompt_lengths [Q]; row_prompt [B], the prompt each row
 * continues; uniforms [T, B]; stop_ids [S]; temperature, and top_k and top_p where `truncated`. Outputs: tokens and
 * logprobs [rounds, B], rounds at most T; lengths [B], the stop token included. What stands behind a row's length is not
 * meant.
 */
export function rolloutGraph(config: LlamaConfig, { truncated }: { readonly truncated: boolean }): Graph {
  const graph = new Graph('rollout');
  const weights = prepare(config, declareParameters(graph, config));
  const promptIds = graph.input('prompt_ids', 'int64', ['prompts', 'prompt_time']);
  const promptLengths = graph.input('prompt_lengths', 'int64', ['prompts']);
  const rowPrompt = graph.input('row_prompt', 'int64', ['batch']);
  const uniforms = graph.input('uniforms', 'float32', ['rounds', 'batch']);
  const stopIds = graph.input('stop_ids', 'int64', ['stops']);
  const sampling = declareSampling(graph, truncated);

  const read = prefill(config, weights, promptIds, promptLengths);
  const lengths = gather(promptLengths, rowPrompt); // [B]
  const prompt = {
    cache: read.cache.map(({ keys, values }) => ({
      keys: gather(keys, rowPrompt),
      values: gather(values, rowPrompt),
    })),
    bias: lengthBias(lengths, 'prompt_time'), // [B, 1, 1, P]
  };
  const none = expand(scalar(uniforms, 0), ['batch', config.kvHeads, 0, config.headDim]);
  const grown = ['batch', config.kvHeads, 'past', config.headDim];
  const rounds = reduceMax(add(iota(uniforms, 'rounds'), 1), [0]);

  const result = loop(
    'draw',
    rounds,
    [
      gather(read.logits, rowPrompt),
      expand(graph.constant('bool', [], [1]), ['batch']),
      expand(scalar(lengths, 0), ['batch']),
      ...read.cache.flatMap(() => [none, none]),
    ],
    (round, [current, alive, drawn, ...cache]) => {
      const { tokens, logprobs } = drawTokens(current!, gather(uniforms, round), sampling);
      const next = and(alive!, isOneOf(stopIds, tokens, false));
      const past = read.cache.map((_, i) => ({ keys: cache[2 * i]!, values: cache[2 * i + 1]! }));
      const step = decodeStep(config, weights, tokens, add(lengths, round), prompt, past);
      return {
        goOn: anyOf(next),
        carried: [
          step.logits,
          next,
          add(drawn!, cast(alive!, 'int64')),
          ...step.cache.flatMap(({ keys, values }) => [keys, values]),
        ],
        scans: [tokens, logprobs],
      };
    },
    {
      carriedShapes: [undefined, undefined, undefined, ...read.cache.flatMap(() => [grown, grown])],
      scanDim: 'drawn',
    },
  );
  graph.output('tokens', result.scans[0]!);
  graph.output('logprobs', result.scans[1]!);
  graph.output('lengths', result.carried[2]!);
  return graph;
}

/** Whether any of a row of booleans holds. */
function anyOf(flags: Tensor): Tensor {
  return cast(reduceMax(cast(flags, 'int64'), [0]), 'bool');
}
