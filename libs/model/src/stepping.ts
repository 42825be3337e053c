/**
 * Sampling driven from outside, one round a run: for streams of tokens, and as the yardstick of the rollout graph. Two
 * graphs: one reads the prompts, one draws a token a row and reads it. Caches go in and out by name.
 *
 * With the same uniform numbers it draws the tokens that the rollout graph draws.
 */
import { add, gather, Graph, type Tensor } from '@soar/onnx';
import { declareParameters, prepare } from './decoder.js';
import { decodeStep, prefill, type LayerCache } from './incremental.js';
import type { LlamaConfig } from './llama-config.js';
import { lengthBias } from './masks.js';
import { declareSampling, drawTokens } from './sampling.js';

/**
 * Reads prompts. Inputs: parameters, prompt_ids [Q, P], prompt_lengths [Q], row_prompt [B]. Outputs: logits [B, V] after
 * each row's prompt, and per layer prompt_key.<i> and prompt_value.<i> [B, K, P, D].
 */
export function promptGraph(config: LlamaConfig): Graph {
  const graph = new Graph('prompt');
  const weights = prepare(config, declareParameters(graph, config));
  const ids = graph.input('prompt_ids', 'int64', ['prompts', 'prompt_time']);
  const lengths = graph.input('prompt_lengths', 'int64', ['prompts']);
  const rowPrompt = graph.input('row_prompt', 'int64', ['batch']);
  const read = prefill(config, weights, ids, lengths);
  graph.output('logits', gather(read.logits, rowPrompt));
  read.cache.forEach(({ keys, values }, i) => {
    graph.output(`prompt_key.${i}`, gather(keys, rowPrompt));
    graph.output(`prompt_value.${i}`, gather(values, rowPrompt));
  });
  return graph;
}

/**
 * Draws a token a row and reads it. Inputs: parameters; logits [B, V]; prompt_lengths [B] and the prompt caches; round, an
 * int64 scalar; past_key.<i> and past_value.<i> [B, K, round, D]; uniforms [B]; the sampling inputs. Outputs: tokens and
 * logprobs [B], next_logits [B, V], key.<i> and value.<i> [B, K, round + 1, D].
 */
export function drawGraph(config: LlamaConfig, { truncated }: { readonly truncated: boolean }): Graph {
  const graph = new Graph('draw');
  const weights = prepare(config, declareParameters(graph, config));
  const logits = graph.input('logits', 'float32', ['batch', config.vocabSize]);
  const lengths = graph.input('prompt_lengths', 'int64', ['batch']);
  const round = graph.input('round', 'int64', []);
  const uniforms = graph.input('uniforms', 'float32', ['batch']);
  const sampling = declareSampling(graph, truncated);
  const caches = (prefix: string, time: string): LayerCache[] =>
    Array.from({ length: config.layers }, (_, i) => {
      const part = (name: string): Tensor =>
        graph.input(`${prefix}_${name}.${i}`, 'float32', ['batch', config.kvHeads, time, config.headDim]);
      return { keys: part('key'), values: part('value') };
    });
  const prompt = { cache: caches('prompt', 'prompt_time'), bias: lengthBias(lengths, 'prompt_time') };
  const { tokens, logprobs } = drawTokens(logits, uniforms, sampling);
  const step = decodeStep(config, weights, tokens, add(lengths, round), prompt, caches('past', 'past'));
  graph.output('tokens', tokens);
  graph.output('logprobs', logprobs);
  graph.output('next_logits', step.logits);
  step.cache.forEach(({ keys, values }, i) => {
    graph.output(`key.${i}`, keys);
    graph.output(`value.${i}`, values);
  });
  return graph;
}
