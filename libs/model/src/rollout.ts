/**
 * Rollouts as one graph: prompts are read once, then a loop inside ONNX Runtime draws tokens until every row has ended.
 *
 * Each distinct prompt is read once; its rows start from a copy of its key-value cache. Tokens are drawn by inverse CDF
 * from one uniform number a token, so a row's tokens depend on its own numbers alone, whatever else is in the batch.
 *
 * Log-probabilities are those after temperature and before top-k and top-p, equal to the score graph's up to rounding.
 *
 * Shapes: distinct prompts Q, longest prompt P, rows B, rounds T, stop tokens S.
 */
import {
  add,
  and,
  cast,
  expand,
  gather,
  Graph,
  iota,
  loop,
  reduceMax,
  scalar,
  type Tensor,
} from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import {
  contextOf,
  contextTensors,
  contextTypes,
  decodeStep,
  prefill,
  promptPlaces,
  type Context,
} from './incremental.js';
import { lengthBias } from './masks.js';
import { declareSampling, drawTokens, isNoneOf } from './sampling.js';
import { declareWeights } from './prepare.js';

/**
 * Graph that samples. Inputs: weights; prompt_ids [Q, P] and prompt_lengths [Q]; row_prompt [B], the prompt each row
 * continues; uniforms [T, B]; stop_ids [S]; temperature, and top_k and top_p where `truncated`. Outputs: tokens and
 * logprobs [rounds, B], rounds at most T; lengths [B], the stop token included. What stands behind a row's length is
 * not meant.
 */
export function rolloutGraph(config: DecoderConfig, { truncated }: { readonly truncated: boolean }): Graph {
  const graph = new Graph('rollout');
  const weights = declareWeights(graph, config);
  const promptIds = graph.input('prompt_ids', 'int64', ['prompts', 'prompt_time']);
  const promptLengths = graph.input('prompt_lengths', 'int64', ['prompts']);
  const rowPrompt = graph.input('row_prompt', 'int64', ['batch']);
  const uniforms = graph.input('uniforms', 'float32', ['rounds', 'batch']);
  const stopIds = graph.input('stop_ids', 'int64', ['stops']);
  const sampling = declareSampling(graph, truncated);

  const read = prefill(config, weights, promptIds, promptLengths);
  const lengths = gather(promptLengths, rowPrompt); // [B]
  const start: Context = {
    cache: read.cache.map(({ keys, values }) => ({
      keys: gather(keys, rowPrompt),
      values: gather(values, rowPrompt),
    })),
    bias: lengthBias(lengths, 'prompt_time'), // [B, 1, 1, P]
    ...promptPlaces(config, lengths, 'prompt_time'),
  };
  const rounds = reduceMax(add(iota(uniforms, 'rounds'), 1), [0]);

  const result = loop(
    'draw',
    rounds,
    [
      gather(read.logits, rowPrompt),
      expand(graph.constant('bool', [], [1]), ['batch']),
      expand(scalar(lengths, 0), ['batch']),
      ...contextTensors(start),
    ],
    (round, [current, alive, drawn, ...context]) => {
      const { tokens, logprobs } = drawTokens(current!, gather(uniforms, round), sampling);
      const next = and(alive!, isNoneOf(stopIds, tokens));
      const step = decodeStep(config, weights, tokens, add(lengths, round), contextOf(config, context));
      return {
        goOn: anyOf(next),
        carried: [step.logits, next, add(drawn!, cast(alive!, 'int64')), ...contextTensors(step.context)],
        scans: [tokens, logprobs],
      };
    },
    {
      carriedShapes: [
        undefined,
        undefined,
        undefined,
        ...contextTypes(config, 'batch', 'past').map(({ shape }) => shape),
      ],
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
