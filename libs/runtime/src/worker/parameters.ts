/**
 * The parameters of a policy, and the weights that graphs take as inputs, prepared from them when they are needed.
 * Policies may share a set: a clone has its source's until it is trained, adapters have that of their model under them.
 */
import {
  isMatrix,
  likePart,
  preparePart,
  type DecoderConfig,
  type NamedTensor,
  type Part,
} from '@soar/model';
import { Graph } from '@soar/onnx';
import type { Place, TensorMemory } from '../devices/tensor-memory.js';
import type { FrozenWeights, GraphKind, Sessions } from './sessions.js';
import { fetches, run, type Feeds, type Tensor } from './tensors.js';

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
  /** Of a large model, which is not trained: where sessions find its weights. No matrices are in `tensors` then. */
  readonly frozen?: FrozenWeights;
  /** Its matrices are here as weights alone, in float16, and are read again from the model's folder to be trained. */
  readonly weightsOnly?: boolean;
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
    /** Whether it is made from its parameters by a graph; otherwise it is the parameter itself. */
    readonly made: boolean;
    readonly type: 'float32' | 'float16';
  }[];
}

/** Puts parameters into the memory of policies, one after the other. */
export async function parameterSet(
  config: DecoderConfig,
  parameters: Iterable<NamedTensor>,
  memory: TensorMemory,
  base?: ParameterSet,
): Promise<ParameterSet> {
  const tensors: Feeds = {};
  for (const { name, data, shape } of parameters) tensors[name] = await memory.put(data, shape);
  return { config, ...(base && { base }), tensors, parts: partsOf(config, memory.halves), upToDate: false };
}

export function partsOf(config: DecoderConfig, halves = false): PreparedPart[] {
  const parts: Part[] = [...Array(config.layers).keys(), 'ends'];
  return parts.flatMap((part) => {
    const { parameters, weights } = preparePart(new Graph('prepare'), config, part);
    if (weights.size === 0) return [];
    const own = [...weights].map(([name, { shape, producer, name: source }]) => ({
      name,
      shape: shape as readonly number[],
      parameter: producer === undefined ? source : undefined,
      made: producer !== undefined || (halves && isMatrix(name)),
      type: halves && isMatrix(name) ? ('float16' as const) : ('float32' as const),
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

/** The weights by name, but frozen ones. Those of the model under an adapter are one copy for all its adapters. */
export async function weightFeeds(set: ParameterSet, sessions: Sessions): Promise<Feeds> {
  if (!set.upToDate) {
    for (const part of set.parts) {
      set.weights = { ...set.weights, ...(await partWeights(set, part, sessions)) };
    }
    set.upToDate = true;
  }
  const weights = (set.weights ??= {});
  return set.base === undefined ? weights : { ...(await weightFeeds(set.base, sessions)), ...weights };
}

/** The weights of one part, where those stood that it had before. */
export async function partWeights(set: ParameterSet, part: PreparedPart, sessions: Sessions): Promise<Feeds> {
  const computed = part.weights.filter(({ made }) => made);
  const into = computed.map(
    ({ name, shape, type }) => [name, { shape, type, kept: set.weights?.[name] }] as const,
  );
  const feeds = parameterFeeds(set, part);
  const made =
    computed.length === 0
      ? {}
      : await runPart('prepare', set, part, feeds, sessions, Object.fromEntries(into));
  const all = part.weights.map(({ name, parameter, made: isMade }) => [
    name,
    isMade ? made[name]! : set.tensors[parameter!]!,
  ]);
  return Object.fromEntries(all) as Feeds;
}

/**
 * Runs a graph of a part, which is made for the first part that is prepared alike and has the names of that one. Its
 * outputs take the places in `into`, or are new.
 */
export async function runPart(
  graph: Extract<GraphKind, { part: Part }>['graph'],
  set: ParameterSet,
  { part }: PreparedPart,
  feeds: Feeds,
  sessions: Sessions,
  into?: Readonly<Record<string, Place>>,
): Promise<Feeds> {
  const like = likePart(set.config, part);
  const session = await sessions.get({ graph, part: like }, set);
  const given = renamed(feeds, part, like);
  const outputs = into
    ? await sessions.memory.runInto(session, given, renamed(into, part, like))
    : await run(session, given, fetches(session.outputNames));
  return renamed(outputs, like, part);
}

function renamed<T>(values: Readonly<Record<string, T>>, from: Part, to: Part): Record<string, T> {
  const named = Object.entries(values).map(
    ([name, value]) => [name.replace(`layers.${from}.`, `layers.${to}.`), value] as const,
  );
  return Object.fromEntries(named);
}
