/**
 * The gradients of one micro-batch in the weights, as a graph: forward and backward. A step runs it once a micro-batch,
 * in the order of the batch, and each run adds to the sums of those before; how many there are depends on the data
 * alone, never on the machine. From the weights' gradients to the parameters' it goes in parameter-gradients.ts.
 *
 * With an adapter its matrices alone have gradients. The loss is differentiated in two parts: in the final hidden
 * states and the weights of the head (head-gradients.ts), and from there in those of the decoder
 * (decoder-gradients.ts).
 *
 * Inputs: the weights; tokens, positions, segments int64 [R, T]; weights float32 [R, T], each at the token it belongs
 * to; with clip, `sampled_logprobs` [R, T] and `clip_epsilon`; with KL, `reference_logprobs` and `kl_weights` [R, T];
 * `temperature`; with accumulation, `sum.<weight>` for everything that is trained. In chunks it takes predictions too
 * (score.ts in libs/model), every number of a token is [chunks, chunk], at its prediction, and there is always a
 * `sum.<weight>` for the weights of the head, which the chunks are added to: zeros at first. Outputs:
 * `gradient.<weight>` for everything that is trained, the sum included, and the scalars loss and, with KL, kl, its
 * weighted sum, of this micro-batch alone.
 */
import { addGradient } from '@soar/autodiff';
import { declarePacked, declareWeights, trainedWeights, type DecoderConfig } from '@soar/model';
import { Graph, type Tensor } from '@soar/onnx';
import { decoderGradients, gradientSum } from './decoder-gradients.js';
import { headGradients, type LossOptions } from './head-gradients.js';

export interface GradientOptions extends LossOptions {
  /** Whether gradients are added to those of the micro-batches before. */
  readonly accumulate: boolean;
  /** Whether layers are computed again in the backward pass instead of kept. */
  readonly recompute: boolean;
}

export function gradientGraph(config: DecoderConfig, options: GradientOptions): Graph {
  const graph = new Graph('gradient');
  const weights = declareWeights(graph, config);
  const packed = declarePacked(graph);
  const trained = trainedWeights(config, weights);
  const sum = gradientSum(config);
  const sums = new Map<string, Tensor>();
  const sumOf = (name: string): Tensor => {
    const given = graph.input(`sum.${name}`, 'float32', trained.get(name)!.shape);
    sums.set(name, given);
    return given;
  };
  const decoder = decoderGradients(config, weights, packed, options);
  const head = headGradients(graph, { config, weights, packed, options, hidden: decoder.hidden, sumOf });
  const inDecoder = decoder.backward(head.inHidden);
  for (const name of trained.keys()) {
    const parts = [head.inHead.get(name), inDecoder.get(name)].filter((part) => part !== undefined);
    const gradient = parts.reduce(addGradient);
    const added = sums.has(name) || !options.accumulate;
    graph.output(`gradient.${name}`, added ? gradient : sum(sumOf(name), gradient));
  }
  graph.output('loss', head.loss);
  if (head.kl !== undefined) graph.output('kl', head.kl);
  return graph;
}
