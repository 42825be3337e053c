/**
 * The gradients of one micro-batch in the weights, as a graph: forward and backward. A step runs it once a micro-batch,
 * in the order of the batch, and each run adds to the sums of those before; how many there are depends on the data
 * alone, never on the machine. From the weights' gradients to the parameters' it goes in parameter-gradients.ts.
 *
 * With an adapter its matrices alone have gradients.
 *
 * Inputs: the weights; tokens, positions, segments int64 [R, T]; weights float32 [R, T], each at the token it belongs
 * to; with clip, `sampled_logprobs` [R, T] and `clip_epsilon`; with KL, `reference_logprobs` and `kl_weights` [R, T];
 * `temperature`; with accumulation, `sum.<weight>` for everything that is trained. Outputs: `gradient.<weight>` for
 * everything that is trained, the sum included, and the scalars loss and, with KL, kl, its weighted sum, of this
 * micro-batch alone.
 */
import { gradients } from '@soar/autodiff';
import { declarePacked, declareWeights, nextTokenLogprobs, shiftLeft, trainedWeights } from '@soar/model';
import type { DecoderConfig } from '@soar/model';
import { add, Graph, type Tensor } from '@soar/onnx';
import { clippedLoss, klLoss, policyLoss, type KlTerm } from './loss.js';

export interface GradientOptions {
  readonly clip: boolean;
  readonly kl: KlTerm;
  /** Whether gradients are added to those of the micro-batches before. */
  readonly accumulate: boolean;
}

export function gradientGraph(config: DecoderConfig, options: GradientOptions): Graph {
  const graph = new Graph('gradient');
  const weights = declareWeights(graph, config);
  const trained = [...trainedWeights(config, weights)];
  const packed = declarePacked(graph);
  const logprobs = nextTokenLogprobs(config, weights, packed, graph.input('temperature', 'float32', []));
  const { loss, kl } = declareLoss(graph, logprobs, options);
  const found = gradients(
    kl === undefined ? loss : add(loss, kl),
    trained.map(([, weight]) => weight),
  );
  trained.forEach(([name, { shape }], i) => {
    const gradient = found[i]!;
    const sum = (): Tensor => graph.input(`sum.${name}`, 'float32', shape);
    graph.output(`gradient.${name}`, options.accumulate ? add(sum(), gradient) : gradient);
  });
  graph.output('loss', loss);
  if (kl !== undefined) graph.output('kl', kl);
  return graph;
}

/** The loss from log-probabilities [R, T], each at the token before its own. */
function declareLoss(
  graph: Graph,
  logprobs: Tensor,
  { clip, kl }: GradientOptions,
): { readonly loss: Tensor; readonly kl: Tensor | undefined } {
  const atPrediction = (name: string): Tensor =>
    shiftLeft(graph.input(name, 'float32', ['rows', 'time']), 'rows');
  const weights = atPrediction('weights');
  return {
    loss: clip
      ? clippedLoss(
          logprobs,
          weights,
          atPrediction('sampled_logprobs'),
          graph.input('clip_epsilon', 'float32', []),
        )
      : policyLoss(logprobs, weights),
    kl:
      kl === 'none'
        ? undefined
        : klLoss(kl, logprobs, atPrediction('reference_logprobs'), atPrediction('kl_weights')),
  };
}
