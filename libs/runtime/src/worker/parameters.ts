/**
 * The parameters of a policy, and the weights that graphs take as inputs, prepared from them when they are needed.
 * Policies may share a set: a clone has its source's until it is trained, adapters have that of their model under them.
 */
import { preparation, type DecoderConfig, type NamedTensor, type Preparation } from '@soar/model';
import type { Sessions } from './sessions.js';
import { float32, run, type Feeds } from './tensors.js';

export interface ParameterSet {
  readonly config: DecoderConfig;
  /** The model under an adapter. */
  readonly base?: ParameterSet;
  /** By name, in the order of trainedSpecs: those of the model, or of the adapter alone. */
  readonly tensors: Feeds;
  readonly preparation: Preparation;
  weights?: Feeds;
}

export function parameterSet(
  config: DecoderConfig,
  tensors: readonly NamedTensor[],
  base?: ParameterSet,
): ParameterSet {
  const named = tensors.map(({ name, data, shape }) => [name, float32(data, shape)]);
  return {
    config,
    ...(base && { base }),
    tensors: Object.fromEntries(named) as Feeds,
    preparation: preparation(config),
  };
}

/** The parameters by name, with those of the model under an adapter. */
export function parameterFeeds({ base, tensors }: ParameterSet): Feeds {
  return { ...base?.tensors, ...tensors };
}

/** The weights by name. Those of the model under an adapter are one copy for all its adapters. */
export async function weightFeeds(parameters: ParameterSet, sessions: Sessions): Promise<Feeds> {
  parameters.weights ??= await prepared(parameters, sessions);
  const { base, weights } = parameters;
  return base === undefined ? weights : { ...(await weightFeeds(base, sessions)), ...weights };
}

async function prepared(parameters: ParameterSet, sessions: Sessions): Promise<Feeds> {
  const { graph, unchanged } = parameters.preparation;
  const feeds = parameterFeeds(parameters);
  const weights: Feeds = {};
  for (const [weight, parameter] of unchanged) weights[weight] = feeds[parameter]!;
  if (graph.outputs.length === 0) return weights;
  const into: Feeds = {};
  for (const { name, tensor } of graph.outputs) {
    const shape = tensor.shape as readonly number[];
    into[name] = float32(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  }
  await run(await sessions.get({ graph: 'prepare' }, parameters.config), feeds, into);
  return { ...weights, ...into };
}
