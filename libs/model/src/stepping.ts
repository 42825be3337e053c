/**
 * Sampling driven from outside, one round a run: for streams of tokens, and as the yardstick of the rollout graph. Two
 * graphs: one reads the prompts, one draws a token a row and reads it. Caches go in and out by name.
 *
 * With the same uniform numbers it draws the tokens that the rollout graph draws.
 */
import { gather, Graph } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import {
  contextNames,
  contextOf,
  contextTensors,
  contextTypes,
  decodeStep,
  prefill,
  promptPlaces,
  type Context,
} from './incremental.js';
import { lengthBias } from './masks.js';
import { declareSampling, drawTokens } from './sampling.js';
import { declareWeights } from './prepare.js';

/**
 * Reads prompts. Inputs: weights, prompt_ids [Q, P], prompt_lengths [Q], row_prompt [B]. Outputs: logits [B, V]
 * after each row's prompt, the context's tensors: bias [B, 1, 1, P], places [B, 1, 1, P] where the model has windows,
 * and per layer key.<i> and value.<i> [B, K, P, D].
 */
export function promptGraph(config: DecoderConfig): Graph {
  const graph = new Graph('prompt');
  const weights = declareWeights(graph, config);
  const ids = graph.input('prompt_ids', 'int64', ['prompts', 'prompt_time']);
  const lengths = graph.input('prompt_lengths', 'int64', ['prompts']);
  const rowPrompt = graph.input('row_prompt', 'int64', ['batch']);
  const read = prefill(config, weights, ids, lengths);
  graph.output('logits', gather(read.logits, rowPrompt));
  const rowLengths = gather(lengths, rowPrompt); // [B]
  const start = {
    bias: lengthBias(rowLengths, 'prompt_time'),
    ...promptPlaces(config, rowLengths, 'prompt_time'),
    cache: read.cache.map(({ keys, values }) => ({
      keys: gather(keys, rowPrompt),
      values: gather(values, rowPrompt),
    })),
  };
  outputContext(graph, config, start);
  return graph;
}

/**
 * Draws a token a row and reads it. Inputs: weights; past_logits [B, V]; the context's tensors as past_bias [B, 1,
 * 1, past], past_key.<i> and so on; positions [B], where the token will stand; uniforms [B]; the sampling inputs.
 * Outputs: tokens and logprobs [B]; logits; the context's tensors, one token longer.
 */
export function drawGraph(config: DecoderConfig, { truncated }: { readonly truncated: boolean }): Graph {
  const graph = new Graph('draw');
  const weights = declareWeights(graph, config);
  const logits = graph.input('past_logits', 'float32', ['batch', config.vocabSize]);
  const positions = graph.input('positions', 'int64', ['batch']);
  const uniforms = graph.input('uniforms', 'float32', ['batch']);
  const sampling = declareSampling(graph, truncated);
  const types = contextTypes(config, 'batch', 'past');
  const past = contextNames(config).map((name, i) =>
    graph.input(`past_${name}`, types[i]!.dtype, types[i]!.shape),
  );
  const { tokens, logprobs } = drawTokens(logits, uniforms, sampling);
  const step = decodeStep(config, weights, tokens, positions, contextOf(config, past));
  graph.output('tokens', tokens);
  graph.output('logprobs', logprobs);
  graph.output('logits', step.logits);
  outputContext(graph, config, step.context);
  return graph;
}

function outputContext(graph: Graph, config: DecoderConfig, context: Context): void {
  const tensors = contextTensors(context);
  contextNames(config).forEach((name, i) => graph.output(name, tensors[i]!));
}
