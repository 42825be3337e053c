/**
 * The loss of a micro-batch from its final hidden states, and the loss's gradients in those and in the weights of the
 * output head: for all tokens at once, or over predictions in chunks.
 */
import { addGradient, gradients } from '@soar/autodiff';
import {
  declarePredictions,
  nextTokenLogprobs,
  overChunks,
  shiftLeft,
  targetLogprobs,
  targetRows,
  trainedWeights,
  type DecoderConfig,
  type PackedTokens,
  type Weights,
} from '@soar/model';
import { add, expand, gather, scalar, scatterAdd, type Graph, type Shape, type Tensor } from '@soar/onnx';
import { clippedLoss, klLoss, policyLoss, type KlTerm } from './loss.js';

export interface LossOptions {
  readonly clip: boolean;
  readonly kl: KlTerm;
  /** Whether output head and loss go over predictions in chunks. */
  readonly chunked: boolean;
  /** Without loops, for this many chunks (0 where it is not in chunks): devices leave loops to the CPU. */
  readonly chunks?: number;
}

interface Loss {
  readonly loss: Tensor;
  readonly kl: Tensor | undefined;
}

export interface HeadGradients extends Loss {
  readonly inHidden: Tensor; // [R*T, C]
  /** By the names of weights. In chunks the sums of the micro-batches before are in them. */
  readonly inHead: ReadonlyMap<string, Tensor>;
}

interface Site {
  readonly config: DecoderConfig;
  readonly weights: Weights;
  readonly packed: PackedTokens;
  readonly options: LossOptions;
  readonly hidden: Tensor; // [R*T, C]
  /** Declares the sum, over the micro-batches before, of the gradient in a weight. */
  readonly sumOf: (name: string) => Tensor;
}

export function headGradients(graph: Graph, site: Site): HeadGradients {
  const temperature = graph.input('temperature', 'float32', []);
  return site.options.chunked ? inChunks(graph, site, temperature) : atOnce(graph, site, temperature);
}

function atOnce(
  graph: Graph,
  { config, weights, packed, options, hidden }: Site,
  temperature: Tensor,
): HeadGradients {
  const terms = declareTerms(graph, options, ['rows', 'time']);
  const logprobs = nextTokenLogprobs(config, weights, hidden, packed, temperature);
  const { loss, kl } = lossOf(logprobs, options, terms, (x) => shiftLeft(x, 'rows'));
  const head = headWeights(config, weights);
  const [inHidden, ...inHead] = gradients(total(loss, kl), [hidden, ...head.values()]);
  return { loss, kl, inHidden: inHidden!, inHead: named(head, inHead) };
}

/**
 * The loss is a sum over predictions, so each chunk gives its part of the gradient in the hidden states, and adds to
 * that in the head, in the same round that has its logits. The rows of the head that belong to the targets are taken as
 * values of their own, whose gradients go into the head's at last: scattered in each round, they would be a second
 * gradient of the head's size.
 */
function inChunks(
  graph: Graph,
  { config, weights, options, hidden, sumOf }: Site,
  temperature: Tensor,
): HeadGradients {
  const predictions = declarePredictions(graph, options.chunks);
  const terms = declareTerms(graph, options, predictions.places.shape);
  const head = headWeights(config, weights);
  const zero = scalar(hidden, 0);
  const initial = [zero, zero, ...[...head.keys()].map(sumOf)];
  const { carried, scans } = overChunks(predictions, initial, (i, [lossSum, klSum, ...sums]) => {
    const states = gather(hidden, gather(predictions.places, i)); // [chunk, C]
    const rows = targetRows(weights, gather(predictions.targets, i)); // [chunk, C]
    const logprobs = targetLogprobs(config, weights, states, rows, temperature);
    const { loss, kl } = lossOf(logprobs, options, terms, (x) => gather(x, i));
    const [inStates, inRows, ...inHead] = gradients(total(loss, kl), [states, rows, ...head.values()]);
    return {
      carried: [
        add(lossSum!, loss),
        kl === undefined ? klSum! : add(klSum!, kl),
        ...sums.map((sum, j) => addGradient(sum, inHead[j]!)),
      ],
      scans: head.size === 0 ? [inStates!] : [inStates!, inRows!],
    };
  });
  const [loss, kl, ...sums] = carried;
  const [inStates, inRows] = scans;
  const matrix = weights.head === undefined ? 'embedding' : 'head';
  const inHead = new Map(
    [...named(head, sums)].map(([name, sum]) => [
      name,
      name === matrix ? scatterAdd(sum, predictions.targets, inRows!) : sum,
    ]),
  );
  return {
    loss: loss!,
    kl: options.kl === 'none' ? undefined : kl!,
    inHidden: scatterAdd(expand(zero, hidden.shape), predictions.places, inStates!),
    inHead,
  };
}

/** The trained weights that lie behind the hidden states. */
function headWeights(config: DecoderConfig, weights: Weights): ReadonlyMap<string, Tensor> {
  const names = ['norm', weights.head === undefined ? 'embedding' : 'head'];
  return new Map([...trainedWeights(config, weights)].filter(([name]) => names.includes(name)));
}

function named(
  weights: ReadonlyMap<string, Tensor>,
  tensors: readonly Tensor[],
): ReadonlyMap<string, Tensor> {
  return new Map([...weights.keys()].map((name, i) => [name, tensors[i]!]));
}

function total(loss: Tensor, kl: Tensor | undefined): Tensor {
  return kl === undefined ? loss : add(loss, kl);
}

/** Numbers of each token, and the bound of the clip. */
interface Terms {
  readonly weights: Tensor;
  readonly clip?: { readonly sampled: Tensor; readonly epsilon: Tensor };
  readonly kl?: { readonly reference: Tensor; readonly weights: Tensor };
}

function declareTerms(graph: Graph, { clip, kl }: LossOptions, shape: Shape): Terms {
  const floats = (name: string): Tensor => graph.input(name, 'float32', shape);
  return {
    weights: floats('weights'),
    ...(clip && {
      clip: { sampled: floats('sampled_logprobs'), epsilon: graph.input('clip_epsilon', 'float32', []) },
    }),
    ...(kl !== 'none' && { kl: { reference: floats('reference_logprobs'), weights: floats('kl_weights') } }),
  };
}

/** The loss from log-probabilities; `at` gives the numbers of the same tokens. */
function lossOf(logprobs: Tensor, options: LossOptions, terms: Terms, at: (x: Tensor) => Tensor): Loss {
  const weights = at(terms.weights);
  const { clip, kl } = terms;
  return {
    loss: clip
      ? clippedLoss(logprobs, weights, at(clip.sampled), clip.epsilon)
      : policyLoss(logprobs, weights),
    kl:
      kl && options.kl !== 'none'
        ? klLoss(options.kl, logprobs, at(kl.reference), at(kl.weights))
        : undefined,
  };
}
