/**
 * The parameters of a policy, and the weights that graphs take as inputs, prepared from them when they are needed.
 * Policies may share a set: a clone has its source's until it is trained, adapters have that of their model under them.
 */
import { likePart, preparePart, type DecoderConfig, type NamedTensor, type Part } from '@soar/model';
import { Graph } from '@soar/onnx';
import type { FrozenWeights } from './frozen-weights.js';
import type { GraphKind, Sessions } from './sessions.js';
import { float32, floatsOf, run, type Feeds, type Tensor } from './tensors.js';

export interface ParameterSet {
  readonly config: DecoderConfig;
  /** The model under an adapter. */
  readonly base?: ParameterSet;
  /** By name, in the order of trainedSpecs: those of the model, or of the adapter alone. */
  readonly tensors: Feeds;
  readonly parts: readonly PreparedPart[];
  weights?: Feeds;
  /** Whether `weights` are those of these parameters. */
  upToDate: boolean;
  /** Of a large model, which is not trained whole: where sessions find its weights. There are no matrices in `tensors`. */
  readonly frozen?: FrozenWeights;
}

/** What is prepared together. */
export interface PreparedPart {
  readonly part: Part;
  /** Names of its parameters, those under an adapter included. */
  readonly parameters: readonly string[];
  /** Its own weights; `parameter` is the one that a weight is as it stands. */
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly parameter: string | undefined;
  }[];
}

export function parameterSet(
  config: DecoderConfig,
  parameters: readonly NamedTensor[],
  base?: ParameterSet,
): ParameterSet {
  const tensors = parameters.map(({ name, data, shape }) => [name, float32(data, shape)]);
  return {
    config,
    ...(base && { base }),
    tensors: Object.fromEntries(tensors) as Feeds,
    parts: partsOf(config),
    upToDate: false,
  };
}

/** The same parameters in arrays of their own. */
export function copyOf({ config, base, tensors, parts }: ParameterSet): ParameterSet {
  const copies = Object.entries(tensors).map(([name, tensor]) => [
    name,
    float32(floatsOf(tensor).slice(), tensor.dims),
  ]);
  const own = Object.fromEntries(copies) as Feeds;
  return { config, ...(base && { base }), tensors: own, parts, upToDate: false };
}

export function partsOf(config: DecoderConfig): PreparedPart[] {
  const parts: Part[] = [...Array(config.layers).keys(), 'ends'];
  return parts.flatMap((part) => {
    const { parameters, weights } = preparePart(new Graph('prepare'), config, part);
    if (weights.size === 0) return [];
    const own = [...weights].map(([name, { shape, producer, name: source }]) => ({
      name,
      shape: shape as readonly number[],
      parameter: producer === undefined ? source : undefined,
    }));
    return { part, parameters: [...parameters.keys()], weights: own };
  });
}

/** The parameters of a part, as inputs; without the matrices under an adapter where those are frozen. */
export function parameterFeeds({ base, tensors }: ParameterSet, { parameters }: PreparedPart): Feeds {
  const found = parameters.map((name) => [name, tensors[name] ?? base?.tensors[name]] as const);
  return Object.fromEntries(
    found.filter((entry): entry is readonly [string, Tensor] => entry[1] !== undefined),
  );
}

/** Where sessions find weights of this set, if they are no inputs. */
export function frozenOf({ frozen, base }: ParameterSet): FrozenWeights | undefined {
  return frozen ?? base?.frozen;
}

/** The weights by name, but frozen ones. Those of the model under an adapter are one copy for all its adapters. */
export async function weightFeeds(set: ParameterSet, sessions: Sessions): Promise<Feeds> {
  const weights = (set.weights ??= emptyWeights(set, set.parts));
  if (!set.upToDate) for (const part of set.parts) await preparePartInto(weights, set, part, sessions);
  set.upToDate = true;
  return set.base === undefined ? weights : { ...(await weightFeeds(set.base, sessions)), ...weights };
}

/** The weights of one part. */
export async function partWeights(set: ParameterSet, part: PreparedPart, sessions: Sessions): Promise<Feeds> {
  const weights = emptyWeights(set, [part]);
  await preparePartInto(weights, set, part, sessions);
  return weights;
}

async function preparePartInto(
  weights: Feeds,
  set: ParameterSet,
  part: PreparedPart,
  sessions: Sessions,
): Promise<void> {
  const computed = part.weights.filter(({ parameter }) => parameter === undefined);
  if (computed.length === 0) return;
  const into = Object.fromEntries(computed.map(({ name }) => [name, weights[name]!]));
  await runPart('prepare', set, part, parameterFeeds(set, part), sessions, into);
}

function emptyWeights({ tensors }: ParameterSet, parts: readonly PreparedPart[]): Feeds {
  const all = parts.flatMap(({ weights }) =>
    weights.map(({ name, shape, parameter }) => [
      name,
      parameter === undefined ? zeros(shape) : tensors[parameter]!,
    ]),
  );
  return Object.fromEntries(all) as Feeds;
}

export function zeros(shape: readonly number[]): Tensor {
  return float32(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
}

/**
 * Runs a graph of a part, which is made for the first part that is prepared alike and has the names of that one. Its
 * outputs are written into `into`, or are new.
 */
export async function runPart(
  graph: Extract<GraphKind, { part: Part }>['graph'],
  set: ParameterSet,
  { part }: PreparedPart,
  feeds: Feeds,
  sessions: Sessions,
  into?: Feeds,
): Promise<Feeds> {
  const like = likePart(set.config, part);
  const session = await sessions.get({ graph, part: like }, set);
  const fetches = into
    ? renamed(into, part, like)
    : Object.fromEntries(session.outputNames.map((name) => [name, null]));
  return renamed(await run(session, renamed(feeds, part, like), fetches), like, part);
}

function renamed(tensors: Feeds, from: Part, to: Part): Feeds {
  if (from === to) return tensors;
  const named = Object.entries(tensors).map(([name, tensor]) => [
    name.replace(`layers.${from}.`, `layers.${to}.`),
    tensor,
  ]);
  return Object.fromEntries(named) as Feeds;
}
