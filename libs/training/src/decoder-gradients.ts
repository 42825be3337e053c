/**
 * The decoder over packed rows, and the gradients in its weights from those in its final hidden states.
 *
 * With `recompute`, of the forward pass only the input of each layer is kept (Chen et al., arXiv 1604.06174). In the
 * backward pass a layer is computed again, in a loop of one round: what is in a loop is not merged with equal nodes
 * outside, and does not run before the gradient that it is given. Devices leave loops, and what goes into them, to the
 * CPU: there the layer's input is tied to that gradient by adding nothing of it.
 */
import { addGradient, vectorJacobian, type GradientSum } from '@soar/autodiff';
import {
  decoderLayer,
  embedded,
  gainsAreFolded,
  packedAttention,
  partOf,
  trainedWeights,
  type DecoderConfig,
  type PackedTokens,
  type Weights,
} from '@soar/model';
import { add, loop, mul, reshape, rmsNormalise, slice, type Tensor } from '@soar/onnx';

export interface DecoderGradients {
  readonly hidden: Tensor; // [R*T, C]
  /** Gradients in the trained weights, by name, from that in `hidden`. */
  backward(inHidden: Tensor): ReadonlyMap<string, Tensor>;
}

export function decoderGradients(
  config: DecoderConfig,
  weights: Weights,
  packed: PackedTokens,
  { recompute, chunks }: { readonly recompute: boolean; readonly chunks?: number },
): DecoderGradients {
  const sum = gradientSum(config);
  const attend = packedAttention(config, packed);
  const layer = (i: number, x: Tensor): Tensor =>
    decoderLayer(config, weights.layers[i]!, x, (qkv) => attend(i, qkv));
  // What stands before each layer, and behind the last.
  const stream = [embedded(config, weights, packed.tokens)];
  weights.layers.forEach((_, i) => stream.push(layer(i, stream[i]!)));
  const hidden = rmsNormalise(stream.at(-1)!, config.rmsNormEps);
  const trained = [...trainedWeights(config, weights)];

  if (!recompute) {
    const own = new Map(trained.filter(([name]) => name !== 'head' && name !== 'norm'));
    return { hidden, backward: (inHidden) => gradientsIn(own, hidden, inHidden, sum) };
  }
  const backward = (inHidden: Tensor): ReadonlyMap<string, Tensor> => {
    const all = new Map<string, Tensor>();
    let inStream = vectorJacobian([hidden], [inHidden], [stream.at(-1)!])[0]!;
    for (let i = config.layers - 1; i >= 0; i--) {
      const own = new Map(trained.filter(([name]) => partOf(name) === i));
      const through = (inOutput: Tensor, x: Tensor): readonly Tensor[] =>
        vectorJacobian([layer(i, x)], [inOutput], [x, ...own.values()], sum);
      const again = chunks === undefined ? inLoop(`layer_${i}`, through) : afterGradient(through);
      const [inInput, ...inWeights] = again(inStream, stream[i]!);
      [...own].forEach(([name, { shape }], j) => all.set(name, reshape(inWeights[j]!, shape)));
      inStream = inInput!;
    }
    const embedding = new Map(trained.filter(([name]) => name === 'embedding'));
    return new Map([...all, ...gradientsIn(embedding, stream[0]!, inStream, sum)]);
  };
  return { hidden, backward };
}

/** From the gradient in a layer's output and the layer's input to the gradients in its input and its weights. */
type Through = (inOutput: Tensor, x: Tensor) => readonly Tensor[];

/** In a loop of one round. */
function inLoop(name: string, through: Through): Through {
  return (inOutput, x) => {
    const once = x.graph.constant('int64', [], [1]);
    const { carried, scans } = loop(
      name,
      once,
      [inOutput, x],
      (_, [inside, input]) => {
        const [inInput, ...inWeights] = through(inside!, input!);
        return { carried: [inInput!, input!], scans: inWeights };
      },
      { scanDim: 1 },
    );
    return [carried[0]!, ...scans];
  };
}

/** Behind the gradient: the input is one that depends on it. */
function afterGradient(through: Through): Through {
  return (inOutput, x) => {
    const one = slice(slice(inOutput, 0, 0, 1), 1, 0, 1); // [1, 1]
    return through(inOutput, add(x, mul(one, 0)));
  };
}

/** In narrow models sums are nodes of their own: a few small passes, and the bits of runs that were made so. */
export function gradientSum(config: DecoderConfig): GradientSum {
  return gainsAreFolded(config) ? add : addGradient;
}

/** The gradients in `weights` from that in `output`. */
function gradientsIn(
  weights: ReadonlyMap<string, Tensor>,
  output: Tensor,
  inOutput: Tensor,
  sum: GradientSum,
): ReadonlyMap<string, Tensor> {
  const all = vectorJacobian([output], [inOutput], [...weights.values()], sum);
  return new Map([...weights.keys()].map((name, i) => [name, all[i]!]));
}
