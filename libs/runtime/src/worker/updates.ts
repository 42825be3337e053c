/**
 * What is done with the gradients of a step: their norm, and the update of parameters and optimizer states, a part of
 * the model at a time. In the host's memory one pass in place (libs/optim); on a device a graph (update-graph.ts in
 * libs/training), whose outputs take the places of what they were made from.
 */
import { gainsAreFolded, isTrained } from '@soar/model';
import { sumOfSquares, updateAdamW, type AdamWScalars } from '@soar/optim';
import { UPDATE_SCALARS } from '@soar/training';
import { parameterFeeds, runPart, type ParameterSet, type PreparedPart } from './parameters.js';
import type { Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { float32, floatsOf, scalar, type Feeds } from './tensors.js';

/** A policy and the gradients in its weights. */
export interface Site {
  readonly policy: Policy;
  readonly gradients: Feeds;
  readonly sessions: Sessions;
}

/** `scale` multiplies the gradients. */
export type StepScalars = AdamWScalars & { readonly scale: number };

/**
 * Sums of squares of the gradients in the parameters, in the order of trainedSpecs. A graph writes squares of a
 * gradient's size before it adds them up; in wide models, where most gradients need no graph, they get none where the
 * host can read them.
 */
export async function squares(site: Site): Promise<number[]> {
  const { policy, gradients, sessions } = site;
  const set = policy.parameters;
  const found = new Map<string, number>();
  for (const part of set.parts) {
    if (gainsAreFolded(policy.config) || !sessions.memory.inPlace) {
      const feeds = { ...parameterFeeds(set, part), ...gradientsOf(policy, part, gradients) };
      const sums = await runPart('squares', set, part, feeds, sessions);
      for (const [name, sum] of Object.entries(sums)) found.set(name, floatsOf(sum)[0]!);
    } else {
      const own = await parameterGradients(site, part);
      for (const [name, gradient] of Object.entries(own)) {
        found.set(name.replace('gradient.', 'square.'), sumOfSquares(floatsOf(gradient)));
      }
    }
  }
  return Object.keys(set.tensors).map((name) => found.get(`square.${name}`)!);
}

/** Takes update number `updates`. What another policy may be reading stays as it is. */
export async function takeStep(site: Site, scalars: StepScalars, updates: number): Promise<void> {
  const { policy, sessions } = site;
  const { memory } = sessions;
  policy.optimizer ??= {
    m: await memory.zerosLike(policy.parameters.tensors),
    v: await memory.zerosLike(policy.parameters.tensors),
    updates: 0,
  };
  await (memory.inPlace ? updateInPlace(site, scalars) : updateOnDevice(site, scalars));
  policy.shared = false;
  policy.optimizer.updates = updates;
  policy.parameters.upToDate = false;
}

async function updateInPlace(site: Site, scalars: StepScalars): Promise<void> {
  const { policy } = site;
  if (policy.shared) policy.parameters = withTensorsOf(policy.parameters, copies);
  policy.shared = false;
  const set = policy.parameters;
  const { m, v } = policy.optimizer!;
  for (const part of set.parts) {
    const gradients = await parameterGradients(site, part);
    for (const name of part.parameters) {
      const tensor = set.tensors[name];
      if (tensor === undefined) continue; // of the model under the adapter
      const arrays = {
        parameter: floatsOf(tensor),
        m: floatsOf(m[name]!),
        v: floatsOf(v[name]!),
        gradient: floatsOf(gradients[`gradient.${name}`]!),
      };
      updateAdamW(arrays, scalars, { scale: scalars.scale, decays: tensor.dims.length >= 2 });
    }
  }
}

async function updateOnDevice({ policy, gradients, sessions }: Site, scalars: StepScalars): Promise<void> {
  const { memory } = sessions;
  const others = policy.shared;
  if (others) policy.parameters = withTensorsOf(policy.parameters, (tensors) => ({ ...tensors }));
  const set = policy.parameters;
  const { m, v } = policy.optimizer!;
  const fixed = Object.fromEntries(UPDATE_SCALARS.map((name) => [name, scalar(scalars[name])]));
  for (const part of set.parts) {
    const names = part.parameters.filter((name) => set.tensors[name] !== undefined);
    const moments = names.flatMap((name) => [
      [`adam.m.${name}`, m[name]!] as const,
      [`adam.v.${name}`, v[name]!] as const,
    ]);
    const feeds = {
      ...parameterFeeds(set, part),
      ...gradientsOf(policy, part, gradients),
      ...Object.fromEntries(moments),
      ...fixed,
    };
    const made = await runPart('update', set, part, feeds, sessions);
    for (const name of names) {
      memory.release([m[name]!, v[name]!, ...(others ? [] : [set.tensors[name]!])]);
      set.tensors[name] = made[`new.${name}`]!;
      m[name] = made[`new.adam.m.${name}`]!;
      v[name] = made[`new.adam.v.${name}`]!;
    }
  }
}

/** The same model with other tensors. */
function withTensorsOf(
  { config, base, tensors, parts }: ParameterSet,
  copied: (tensors: Feeds) => Feeds,
): ParameterSet {
  return { config, ...(base && { base }), tensors: copied(tensors), parts, upToDate: false };
}

function copies(tensors: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, float32(floatsOf(tensor).slice(), tensor.dims)]),
  );
}

/** The gradients in the parameters of a part, from those in its weights. */
async function parameterGradients({ policy, gradients, sessions }: Site, part: PreparedPart): Promise<Feeds> {
  const set = policy.parameters;
  const inWeights = gradientsOf(policy, part, gradients);
  const unchanged = part.weights.flatMap(({ name, parameter }) =>
    parameter === undefined ? [] : [[`gradient.${parameter}`, inWeights[`gradient.${name}`]!]],
  );
  const feeds = { ...parameterFeeds(set, part), ...inWeights };
  const computed = unchanged.length < part.weights.length;
  return {
    ...(Object.fromEntries(unchanged) as Feeds),
    ...(computed && (await runPart('gradients', set, part, feeds, sessions))),
  };
}

/** The gradients in the trained weights of a part. */
function gradientsOf({ config }: Policy, { weights }: PreparedPart, gradients: Feeds): Feeds {
  const names = weights.filter(({ name }) => isTrained(config, name)).map(({ name }) => `gradient.${name}`);
  return Object.fromEntries(names.map((name) => [name, gradients[name]!]));
}
