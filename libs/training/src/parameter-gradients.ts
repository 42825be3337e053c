/**
 * From gradients in the weights to gradients in the parameters that they were prepared from, one part of the model at a
 * time, so that only a part's stand beside those of the weights. A step does this twice: first for the sums of squares,
 * since the global norm scales every gradient, and then for the update.
 */
import { vectorJacobian } from '@soar/autodiff';
import { isTrained, partOf, preparePart, trainedSpecs, type DecoderConfig, type Part } from '@soar/model';
import { Graph, mul, sumAll } from '@soar/onnx';

/**
 * Graph of a part that is trained. Inputs: its parameters, and `gradient.<weight>` for its trained weights. Outputs:
 * `square.<parameter>`, the sum of squares of a gradient, for its trained parameters; or `gradient.<parameter>`, but
 * for those that are weights as they stand and nothing else.
 */
export function parameterGradientGraph(
  config: DecoderConfig,
  part: Part,
  wanted: 'squares' | 'gradients',
): Graph {
  const graph = new Graph(wanted);
  const { parameters, weights } = preparePart(graph, config, part);
  const trained = [...weights].filter(([name]) => isTrained(config, name));
  const cotangents = trained.map(([name, { shape }]) => graph.input(`gradient.${name}`, 'float32', shape));
  const names = trainedSpecs(config).flatMap(({ name }) => (partOf(name) === part ? [name] : []));
  const found = vectorJacobian(
    trained.map(([, weight]) => weight),
    cotangents,
    names.map((name) => parameters.get(name)!),
  );
  const unchanged = new Set(trained.map(([, weight]) => weight));
  names.forEach((name, i) => {
    const gradient = found[i]!;
    const given = gradient.producer === undefined && unchanged.has(parameters.get(name)!);
    if (wanted === 'squares') graph.output(`square.${name}`, sumAll(mul(gradient, gradient)));
    else if (!given) graph.output(`gradient.${name}`, gradient);
  });
  return graph;
}
