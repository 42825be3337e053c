/**
 * The gradients of one micro-batch in the weights, as a graph: forward and backward. A step runs it once a micro-batch,
 * in the order of the batch, and each run adds to the sums of those before; how many there are depends on the data
 * alone, never on the machine. From the weights' gradients to the parameters' it goes in parameter-gradients.ts.
 *
 * With an adapter its matrices alone have gradients.
 *
 * Inputs: the weights; tokens, positions, segments int64 [R, T]; weights float32 [R, T], each at the token it belongs
 * to; with clip, `sampled_logprobs` [R, T] and `clip_epsilon`; with KL, `reference_logprobs` and `kl_weights` [R, T];
 * `temperature`; with accumulation, `sum.<weight>` for everything that is trained. In chunks it takes predictions too
 * (score.ts in libs/model), and every number of a token is [chunks, chunk], at its prediction. Outputs:
 * `gradient.<weight>` for everything that is trained, the sum included, and the scalars loss and, with KL, kl, its
 * weighted sum, of this micro-batch alone.
 */
import { gradients, vectorJacobian } from '@soar/autodiff';
import {
  declarePacked,
  declarePredictions,
  declareWeights,
  nextTokenLogprobs,
  overChunks,
  packedHidden,
  shiftLeft,
  targetLogprobs,
  trainedWeights,
  type DecoderConfig,
} from '@soar/model';
import { add, expand, gather, Graph, scalar, scatterAdd, type Tensor } from '@soar/onnx';
import { clippedLoss, klLoss, policyLoss, type KlTerm } from './loss.js';

export interface GradientOptions {
  readonly clip: boolean;
  readonly kl: KlTerm;
  /** Whether gradients are added to those of the micro-batches before. */
  readonly accumulate: boolean;
  /** Whether output head and loss go over predictions in chunks. */
  readonly chunked: boolean;
}

export function gradientGraph(config: DecoderConfig, options: GradientOptions): Graph {
  const graph = new Graph('gradient');
  const site: Site = {
    graph,
    config,
    options,
    weights: declareWeights(graph, config),
    packed: declarePacked(graph),
    temperature: graph.input('temperature', 'float32', []),
  };
  const { loss, kl, found } = options.chunked ? chunked(site) : whole(site);
  for (const [name, gradient] of found) {
    const sum = (): Tensor => graph.input(`sum.${name}`, 'float32', gradient.shape);
    graph.output(`gradient.${name}`, options.accumulate ? add(sum(), gradient) : gradient);
  }
  graph.output('loss', loss);
  if (kl !== undefined) graph.output('kl', kl);
  return graph;
}

interface Site {
  readonly graph: Graph;
  readonly config: DecoderConfig;
  readonly options: GradientOptions;
  readonly weights: ReturnType<typeof declareWeights>;
  readonly packed: ReturnType<typeof declarePacked>;
  readonly temperature: Tensor;
}

interface Loss {
  readonly loss: Tensor;
  readonly kl: Tensor | undefined;
}
type Gradients = Loss & { readonly found: ReadonlyMap<string, Tensor> };

/** All tokens at once. */
function whole({ graph, config, options, weights, packed, temperature }: Site): Gradients {
  const inputs = declareTerms(graph, options, ['rows', 'time']);
  const logprobs = nextTokenLogprobs(config, weights, packed, temperature);
  const { loss, kl } = lossOf(logprobs, options, inputs, (x) => shiftLeft(x, 'rows'));
  const trained = trainedWeights(config, weights);
  const all = gradients(total(loss, kl), [...trained.values()]);
  return { loss, kl, found: new Map([...trained.keys()].map((name, i) => [name, all[i]!])) };
}

/**
 * The decoder at once, output head and loss in chunks. The loss is a sum over predictions, so each chunk gives its part
 * of the gradient in the hidden states and adds to that in the head in the same round that has its logits.
 */
function chunked({ graph, config, options, weights, packed, temperature }: Site): Gradients {
  const hidden = packedHidden(config, weights, packed); // [R*T, C]
  const predictions = declarePredictions(graph);
  const inputs = declareTerms(graph, options, ['chunks', 'chunk']);
  const trained = trainedWeights(config, weights);
  const head = new Map([...trained].filter(([name]) => ['embedding', 'norm', 'head'].includes(name)));
  if (weights.head !== undefined) head.delete('embedding');
  const zero = scalar(hidden, 0);
  const initial = [zero, zero, ...[...head.values()].map(({ shape }) => expand(zero, shape))];
  const { carried, scans } = overChunks(predictions, initial, (i, [lossSum, klSum, ...sums]) => {
    const states = gather(hidden, gather(predictions.places, i)); // [chunk, C]
    const targets = gather(predictions.targets, i);
    const logprobs = targetLogprobs(config, weights, states, targets, temperature);
    const { loss, kl } = lossOf(logprobs, options, inputs, (x) => gather(x, i));
    const [inStates, ...inHead] = gradients(total(loss, kl), [states, ...head.values()]);
    return {
      carried: [
        add(lossSum!, loss),
        kl === undefined ? klSum! : add(klSum!, kl),
        ...sums.map((sum, j) => add(sum, inHead[j]!)),
      ],
      scans: [inStates!],
    };
  });
  const [loss, kl, ...inHead] = carried;
  const heads = new Map([...head.keys()].map((name, i) => [name, inHead[i]!]));
  // The gain of the last norm is of the head alone.
  const behind = new Map([...trained].filter(([name]) => name !== 'norm' && name !== 'head'));
  const cotangent = scatterAdd(predictions.places, scans[0]!, hidden.shape[0]!);
  const inDecoder = vectorJacobian([hidden], [cotangent], [...behind.values()]);
  const found = new Map(heads);
  [...behind.keys()].forEach((name, i) => {
    const before = heads.get(name);
    found.set(name, before === undefined ? inDecoder[i]! : add(before, inDecoder[i]!));
  });
  return { loss: loss!, kl: options.kl === 'none' ? undefined : kl!, found };
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

function declareTerms(graph: Graph, { clip, kl }: GradientOptions, shape: readonly [string, string]): Terms {
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
function lossOf(logprobs: Tensor, options: GradientOptions, terms: Terms, at: (x: Tensor) => Tensor): Loss {
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
