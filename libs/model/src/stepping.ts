/**
 * Sampling driven from outside, one round a run: for streams of tokens, and as the yardstick of the rollout graph. Two
 * graphs: one reads the prompts, one draws a token a row and reads it. Caches go in and out by name.
 *
 * With the same uniform numbers it draws the tokens that the rollout graph draws.
 */
import { gather, Graph, type Tensor } from '@soar/onnx';
import { declareParameters, prepare } from './decoder.js';
import { decodeStep, prefill } from './incremental.js';
import type { LlamaConfig } from './llama-config.js';
import { lengthBias } from './masks.js';
import { declareSampling, drawTokens } from './sampling.js';

/**
 * Reads prompts. Inputs: parameters, prompt_ids [Q, P], prompt_lengths [Q], row_prompt [B]. Outputs: logits [B, V] after
 * each row's prompt, bias [B, 1, 1, P], and per layer key.<i> and value.<i> [B, K, P, D].
 */
export function promptGraph(config: LlamaConfig): Graph {
  const graph = new Graph('prompt');
  const weights = prepare(config, declareParameters(graph, config));
  const ids = graph.input('prompt_ids', 'int64', ['prompts', 'prompt_time']);
  const lengths = graph.input('prompt_lengths', 'int64', ['prompts']);
  const rowPrompt = graph.input('row_prompt', 'int64', ['batch']);
  const read = prefill(config, weights, ids, lengths);
  graph.output('logits', gather(read.logits, rowPrompt));
  graph.output('bias', lengthBias(gather(lengths, rowPrompt), 'prompt_time'));
  read.cache.forEach(({ keys, values }, i) => {
    graph.output(`key.${i}`, gather(keys, rowPrompt));
    graph.output(`value.${i}`, gather(values, rowPrompt));
  });
  return graph;
}

/**
 * Draws a token a row and reads it. Inputs: parameters; past_logits [B, V]; past_bias [B, 1, 1, past], past_key.<i> and
 * past_value.<i> [B, K, past, D]; positions [B], where the token will stand; uniforms [B]; the sampling inputs. Outputs:
 * tokens and logprobs [B]; logits, bias, key.<i> and value.<i>, one token longer.
 */
export function drawGraph(config: LlamaConfig, { truncated }: { readonly truncated: boolean }): Graph {
  const graph = new Graph('draw');
  const weights = prepare(config, declareParameters(graph, config));
  const logits = graph.input('past_logits', 'float32', ['batch', config.vocabSize]);
  const positions = graph.input('positions', 'int64', ['batch']);
  const uniforms = graph.input('uniforms', 'float32', ['batch']);
  const sampling = declareSampling(graph, truncated);
  const part = (name: string): Tensor =>
    graph.input(name, 'float32', ['batch', config.kvHeads, 'past', config.headDim]);
  const past = {
    bias: graph.input('past_bias', 'float32', ['batch', 1, 1, 'past']),
    cache: Array.from({ length: config.layers }, (_, i) => ({
      keys: part(`past_key.${i}`),
      values: part(`past_value.${i}`),
    })),
  };
  const { tokens, logprobs } = drawTokens(logits, uniforms, sampling);
  const step = decodeStep(config, weights, tokens, positions, past);
  graph.output('tokens', tokens);
  graph.output('logprobs', logprobs);
  graph.output('logits', step.logits);
  graph.output('bias', step.context.bias);
  step.context.cache.forEach(({ keys, values }, i) => {
    graph.output(`key.${i}`, keys);
    graph.output(`value.${i}`, values);
  });
  return graph;
}
