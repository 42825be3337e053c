/**
 * The policies that a worker holds: parameters by name, and for those in training the optimizer's state.
 *
 * Parameters are never written to in place: an optimizer step writes into a spare set and the two change places, so
 * clones share the parameters of what they were cloned from. Loaded policies stay for later jobs, within a bound on
 * their bytes; what a job makes ends with it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Random, UserError, invariant } from '@soar/core';
import { initialParameters, parameterSpecs, type DecoderConfig, type NamedTensor } from '@soar/model';
import { parameterCount, requireRoom } from '../memory.js';
import { copyCompanions, readModelConfig, readModelParameters } from '../model-folder.js';
import type { Handle, OpArgs, PolicyInfo } from '../protocol.js';
import type { RuntimeSettings } from '../settings.js';
import { readTensors, WEIGHTS_FILE, writeTensors } from '../weight-files.js';
import { float32, floatsOf, type Feeds, type Tensor } from './tensors.js';

const OPTIMIZER_FILE = 'optimizer.safetensors';
const UPDATES = 'adam.updates';

/** One set of what an optimizer step reads and writes, in the order of parameterSpecs. */
export interface TrainedSet {
  readonly parameters: readonly Tensor[];
  readonly m: readonly Tensor[];
  readonly v: readonly Tensor[];
}

export interface Policy {
  readonly config: DecoderConfig;
  readonly names: readonly string[];
  /** Where its companions (tokenizer and such) are; undefined for a model made here. */
  readonly folder: string | undefined;
  readonly fromJob: boolean;
  parameters: readonly Tensor[];
  optimizer?: { m: readonly Tensor[]; v: readonly Tensor[]; updates: number };
  /** Written to by the next step. */
  spare?: TrainedSet;
  /** Whether another policy may be reading `parameters`. */
  shared: boolean;
}

export class Policies {
  /** Least recently used first. */
  private readonly byHandle = new Map<Handle, Policy>();

  constructor(private readonly settings: RuntimeSettings) {}

  get(handle: Handle): Policy {
    const policy = this.byHandle.get(handle);
    invariant(policy, `no policy ${handle} in this worker`);
    this.byHandle.delete(handle);
    this.byHandle.set(handle, policy);
    return policy;
  }

  load({ handle, folder }: OpArgs<'load'>): PolicyInfo {
    if (!this.byHandle.has(handle)) {
      const config = readModelConfig(folder);
      const bytes = 8 * parameterCount(config);
      const advice = 'use fewer workers, or a machine with more memory';
      requireRoom(bytes, this.settings.memoryBytesMax, `${folder}: the model`, advice);
      this.add(handle, config, readModelParameters(folder, config), { folder, fromJob: false });
    }
    return infoOf(this.get(handle));
  }

  initialise({ handle, config, seed, path, ...how }: OpArgs<'initialise'>): PolicyInfo {
    const random = Random.of(seed).at(...path.split('/'));
    this.add(handle, config, initialParameters(config, random, how), { folder: undefined, fromJob: true });
    return infoOf(this.get(handle));
  }

  clone({ from, to }: OpArgs<'clone'>): PolicyInfo {
    const { config, names, folder, parameters } = this.get(from);
    this.get(from).shared = true;
    this.byHandle.set(to, { config, names, folder, parameters, fromJob: true, shared: true });
    return infoOf(this.get(to));
  }

  free({ handle }: OpArgs<'free'>): void {
    this.byHandle.delete(handle);
  }

  /** Ends a job: drops the policies that it made, and those that it loaded as far as they exceed the cache. */
  endJob(): void {
    for (const [handle, { fromJob }] of this.byHandle) if (fromJob) this.byHandle.delete(handle);
    const sizes = [...this.byHandle].map(([handle, p]) => [handle, 4 * parameterCount(p.config)] as const);
    let total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
    for (const [handle, bytes] of sizes) {
      if (total <= this.settings.cacheBytesMax) break;
      this.byHandle.delete(handle);
      total -= bytes;
    }
  }

  loadOptimizer({ handle, folder }: OpArgs<'loadOptimizer'>): number {
    const policy = this.get(handle);
    const path = join(folder, OPTIMIZER_FILE);
    if (!existsSync(path)) return 0;
    const tensors = new Map(readTensors(path).map((tensor) => [tensor.name, tensor]));
    const moments = (kind: 'm' | 'v'): Tensor[] =>
      parameterSpecs(policy.config).map(({ name, shape }) => {
        const tensor = tensors.get(`adam.${kind}.${name}`);
        if (tensor?.shape.join() === shape.join()) return float32(tensor.data, shape);
        throw new UserError(
          `${path}: tensor adam.${kind}.${name}: expected shape [${shape.join(', ')}], ` +
            `got ${tensor ? `[${tensor.shape.join(', ')}]` : 'none'}`,
          'DATA_LOSS',
          path,
        );
      });
    const updates = tensors.get(UPDATES)?.data[0] ?? 0;
    policy.optimizer = { m: moments('m'), v: moments('v'), updates };
    return updates;
  }

  save({ handle, folder, optimizer }: OpArgs<'save'>): void {
    const policy = this.get(handle);
    const named = (prefix: string, tensors: readonly Tensor[]): NamedTensor[] =>
      tensors.map((tensor, i) => ({
        name: prefix + policy.names[i]!,
        shape: tensor.dims,
        data: floatsOf(tensor),
      }));
    if (policy.folder !== undefined) copyCompanions(policy.folder, folder);
    writeTensors(join(folder, WEIGHTS_FILE), named('', policy.parameters));
    if (!optimizer || policy.optimizer === undefined) return;
    const { m, v, updates } = policy.optimizer;
    writeTensors(join(folder, OPTIMIZER_FILE), [
      { name: UPDATES, shape: [], data: Float32Array.of(updates) },
      ...named('adam.m.', m),
      ...named('adam.v.', v),
    ]);
  }

  private add(
    handle: Handle,
    config: DecoderConfig,
    tensors: readonly NamedTensor[],
    origin: Pick<Policy, 'folder' | 'fromJob'>,
  ): void {
    this.byHandle.set(handle, {
      config,
      names: tensors.map(({ name }) => name),
      parameters: tensors.map(({ data, shape }) => float32(data, shape)),
      shared: false,
      ...origin,
    });
  }
}

/** The parameters as inputs of a graph. */
export function parameterFeeds({ names, parameters }: Policy): Feeds {
  return Object.fromEntries(names.map((name, i) => [name, parameters[i]!]));
}

function infoOf({ config }: Policy): PolicyInfo {
  return { config, parameterCount: parameterCount(config) };
}
