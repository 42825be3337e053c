/**
 * One optimizer step as one graph: forward, backward, accumulation over micro-batches, clip, AdamW.
 *
 * The micro-batches are looped over inside the graph, which bounds memory by one of them, keeps the activations of
 * small models in cache, and fixes the order in which gradients are summed: how many micro-batches a step has depends
 * on the data alone, never on the machine.
 *
 * With an adapter its matrices alone are trained: the weights have no gradients, no states and no outputs.
 *
 * Inputs: the parameters; `adam.m.<name>` and `adam.v.<name>` for what is trained; tokens, positions, segments int64
 * [N, R, T]; weights float32 [N, R, T], each at the token it belongs to; with clip, `sampled_logprobs` [N, R, T] and
 * `clip_epsilon`; with KL, `reference_logprobs` and `kl_weights` [N, R, T]; `temperature`; the scalars of AdamW.
 * Outputs: `new.<name>` for everything that is trained and its states, and the scalars loss, kl (the weighted sum) and
 * gradient_norm (before clipping).
 */
import { gradients, vectorJacobian } from '@soar/autodiff';
import {
  declareParameters,
  nextTokenLogprobs,
  prepare,
  shiftLeft,
  trainedSpecs,
  trainedWeights,
  type DecoderConfig,
  type Weights,
} from '@soar/model';
import { adamw, clipScale, declareScalars, globalNorm } from '@soar/optim';
import { add, expand, gather, Graph, iota, loop, mul, reduceMax, scalar, type Tensor } from '@soar/onnx';
import { clippedLoss, klLoss, policyLoss, type KlTerm } from './loss.js';

export interface TrainGraphOptions {
  readonly clip: boolean;
  readonly kl: KlTerm;
}

export function trainGraph(config: DecoderConfig, options: TrainGraphOptions): Graph {
  const graph = new Graph('train');
  const parameters = declareParameters(graph, config);
  const trained = trainedSpecs(config).map(({ name }) => ({ name, parameter: parameters.get(name)! }));
  const moments = (kind: 'm' | 'v'): Tensor[] =>
    trained.map(({ name, parameter }) => graph.input(`adam.${kind}.${name}`, 'float32', parameter.shape));
  const [m, v] = [moments('m'), moments('v')];
  const batch = declareBatch(graph, options);
  const scalars = declareScalars(graph);

  // Differentiated in two parts: the loss in the prepared weights, micro-batch by micro-batch, and those in the
  // parameters, once.
  const prepared = prepare(config, parameters);
  const weights = [...trainedWeights(config, prepared).values()];
  const zeros = weights.map((w) => expand(scalar(w, 0), w.shape));
  const zero = scalar(batch.weights, 0);
  const count = reduceMax(add(iota(batch.tokens, 'micro'), 1), [0]);
  const { carried } = loop('micro_batch', count, [zero, zero, ...zeros], (i, [lossSum, klSum, ...sums]) => {
    const { loss, kl } = microBatchLoss(config, prepared, batch, i, options);
    const step = gradients(kl === undefined ? loss : add(loss, kl), weights);
    return {
      carried: [
        add(lossSum!, loss),
        kl === undefined ? klSum! : add(klSum!, kl),
        ...sums.map((sum, j) => add(sum, step[j]!)),
      ],
    };
  });

  const [loss, kl, ...summed] = carried;
  const gradient = vectorJacobian(
    weights,
    summed,
    trained.map(({ parameter }) => parameter),
  );
  const norm = globalNorm(gradient);
  const scale = clipScale(norm, scalars.clip_norm);
  trained.forEach(({ name, parameter }, j) => {
    const state = { parameter, m: m[j]!, v: v[j]! };
    const next = adamw(state, mul(gradient[j]!, scale), scalars);
    graph.output(`new.${name}`, next.parameter);
    graph.output(`new.adam.m.${name}`, next.m);
    graph.output(`new.adam.v.${name}`, next.v);
  });
  graph.output('loss', loss!);
  graph.output('kl', kl!);
  graph.output('gradient_norm', norm);
  return graph;
}

interface Batch {
  readonly tokens: Tensor;
  readonly positions: Tensor;
  readonly segments: Tensor;
  readonly weights: Tensor;
  readonly temperature: Tensor;
  readonly clip?: { readonly sampled: Tensor; readonly epsilon: Tensor };
  readonly kl?: { readonly reference: Tensor; readonly weights: Tensor };
}

function declareBatch(graph: Graph, options: TrainGraphOptions): Batch {
  const shape = ['micro', 'rows', 'time'];
  const ids = (name: string): Tensor => graph.input(name, 'int64', shape);
  const floats = (name: string): Tensor => graph.input(name, 'float32', shape);
  return {
    tokens: ids('tokens'),
    positions: ids('positions'),
    segments: ids('segments'),
    weights: floats('weights'),
    temperature: graph.input('temperature', 'float32', []),
    ...(options.clip && {
      clip: { sampled: floats('sampled_logprobs'), epsilon: graph.input('clip_epsilon', 'float32', []) },
    }),
    ...(options.kl !== 'none' && {
      kl: { reference: floats('reference_logprobs'), weights: floats('kl_weights') },
    }),
  };
}

function microBatchLoss(
  config: DecoderConfig,
  weights: Weights,
  batch: Batch,
  index: Tensor,
  options: TrainGraphOptions,
): { readonly loss: Tensor; readonly kl: Tensor | undefined } {
  const here = (x: Tensor): Tensor => gather(x, index);
  const atPrediction = (x: Tensor): Tensor => shiftLeft(here(x), 'rows');
  const packed = {
    tokens: here(batch.tokens),
    positions: here(batch.positions),
    segments: here(batch.segments),
  };
  const logprobs = nextTokenLogprobs(config, weights, packed, batch.temperature);
  const tokenWeights = atPrediction(batch.weights);
  return {
    loss: batch.clip
      ? clippedLoss(logprobs, tokenWeights, atPrediction(batch.clip.sampled), batch.clip.epsilon)
      : policyLoss(logprobs, tokenWeights),
    kl:
      batch.kl && options.kl !== 'none'
        ? klLoss(options.kl, logprobs, atPrediction(batch.kl.reference), atPrediction(batch.kl.weights))
        : undefined,
  };
}
