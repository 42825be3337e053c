/**
 * The AdamW update of one part of the model as a graph, for devices, where parameters and states stay: from gradients
 * in the weights to new parameters. On the CPU it is one pass in WebAssembly instead (libs/optim). The formula is that
 * of libs/optim/src/adamw.ts, whose scalars come in as inputs.
 *
 * Inputs: the part's parameters; `gradient.<weight>` for its trained weights; `adam.m.<parameter>` and
 * `adam.v.<parameter>`; `scale`, which multiplies gradients, and the scalars by the names of UPDATE_SCALARS. Outputs:
 * `new.<parameter>`, `new.adam.m.<parameter>` and `new.adam.v.<parameter>`.
 */
import { vectorJacobian } from '@soar/autodiff';
import { isTrained, partOf, preparePart, trainedSpecs, type DecoderConfig, type Part } from '@soar/model';
import { add, div, Graph, mul, sqrt, sub, type Tensor } from '@soar/onnx';

/** Scalars of an update, float32 []. */
export const UPDATE_SCALARS = [
  'scale',
  'learningRate',
  'oneMinusBeta1',
  'oneMinusBeta2',
  'correction1',
  'correction2',
  'epsilon',
  'weightDecay',
] as const;

type Scalars = Readonly<Record<(typeof UPDATE_SCALARS)[number], Tensor>>;

export function updateGraph(config: DecoderConfig, part: Part): Graph {
  const graph = new Graph('update');
  const { parameters, weights } = preparePart(graph, config, part);
  const trained = [...weights].filter(([name]) => isTrained(config, name));
  const cotangents = trained.map(([name, { shape }]) => graph.input(`gradient.${name}`, 'float32', shape));
  const names = trainedSpecs(config).flatMap(({ name }) => (partOf(name) === part ? [name] : []));
  const gradients = vectorJacobian(
    trained.map(([, weight]) => weight),
    cotangents,
    names.map((name) => parameters.get(name)!),
  );
  const scalars = Object.fromEntries(
    UPDATE_SCALARS.map((name) => [name, graph.input(name, 'float32', [])]),
  ) as Scalars;
  names.forEach((name, i) => {
    const parameter = parameters.get(name)!;
    const moment = (kind: 'm' | 'v'): Tensor =>
      graph.input(`adam.${kind}.${name}`, 'float32', parameter.shape);
    const updated = adamw(parameter, moment('m'), moment('v'), mul(gradients[i]!, scalars.scale), scalars);
    graph.output(`new.${name}`, updated.parameter);
    graph.output(`new.adam.m.${name}`, updated.m);
    graph.output(`new.adam.v.${name}`, updated.v);
  });
  return graph;
}

/** Matrices decay, vectors do not. */
function adamw(
  w: Tensor,
  m: Tensor,
  v: Tensor,
  g: Tensor,
  s: Scalars,
): { readonly parameter: Tensor; readonly m: Tensor; readonly v: Tensor } {
  const nextM = add(m, mul(s.oneMinusBeta1, sub(g, m)));
  const nextV = add(v, mul(s.oneMinusBeta2, sub(mul(g, g), v)));
  const step = div(mul(nextM, s.correction1), add(sqrt(mul(nextV, s.correction2)), s.epsilon));
  const whole = w.shape.length >= 2 ? add(step, mul(s.weightDecay, w)) : step;
  return { parameter: sub(w, mul(s.learningRate, whole)), m: nextM, v: nextV };
}
