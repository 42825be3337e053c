/**
 * The policies that a worker holds: parameters by name, and for those in training the optimizer's state.
 *
 * An optimizer step writes parameters in place, unless another policy may be reading them: clones share the parameters
 * of what they were cloned from, and the first to be trained takes a copy. All adapters of a model share its weights,
 * which are here once; those of large models are in files (frozen-weights.ts). Loaded policies stay for later jobs
 * while no job needs their memory; what a job makes ends with it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Random, UserError, invariant } from '@soar/core';
import {
  initialAdapter,
  initialParameters,
  trainedSpecs,
  type DecoderConfig,
  type NamedTensor,
} from '@soar/model';
import { readAdapterConfig, readAdapterParameters, writeAdapter } from '../adapter-folder.js';
import { modelBytes, parameterCount, requireRoom } from '../memory.js';
import { copyCompanions, readModelConfig, readModelParameters } from '../model-folder.js';
import type { Handle, ModelSource, OpArgs, PolicyInfo } from '../protocol.js';
import { readTensors, WEIGHTS_FILE, writeTensors } from '../weight-files.js';
import { frozenSet } from './frozen-weights.js';
import { parameterSet, type ParameterSet } from './parameters.js';
import { float32, floatsOf, type Feeds, type Tensor } from './tensors.js';

const OPTIMIZER_FILE = 'optimizer.safetensors';
const UPDATES = 'adam.updates';
const ADVICE =
  'raise --memory, use fewer workers with more --threads, lower max_new_tokens or compute.micro_batch_tokens';

export interface Policy {
  readonly config: DecoderConfig;
  /** The model under an adapter. */
  readonly base?: Handle;
  /** Where its companions (tokenizer and such) are; undefined for a model made here. */
  readonly folder: string | undefined;
  readonly fromJob: boolean;
  parameters: ParameterSet;
  optimizer?: { readonly m: Feeds; readonly v: Feeds; updates: number };
  /** Sums of gradients in the weights, of the last step: memory for the next. */
  gradients?: Feeds;
  /** Whether another policy may be reading `parameters`. */
  shared: boolean;
}

export class Policies {
  /** Least recently used first. */
  private readonly byHandle = new Map<Handle, Policy>();
  /** What the current job has loaded: it may ask for it again. */
  private readonly usedByJob = new Set<Handle>();

  /** Of the current job. */
  memoryBytesMax = 0;

  get(handle: Handle): Policy {
    const policy = this.byHandle.get(handle);
    invariant(policy, `no policy ${handle} in this worker`);
    this.byHandle.delete(handle);
    this.byHandle.set(handle, policy);
    if (policy.base !== undefined) this.get(policy.base); // used after its adapters, so it goes after them
    return policy;
  }

  load({ handle, folder, base, frozen }: OpArgs<'load'>): PolicyInfo {
    if (base !== undefined) this.load({ ...base, frozen });
    if (!this.byHandle.has(handle)) {
      if (base !== undefined) this.loadAdapter({ handle, folder, base });
      else if (frozen !== undefined) this.loadFrozen({ handle, folder }, frozen);
      else this.add(handle, this.readWhole(folder), { folder, fromJob: false });
    }
    this.usedByJob.add(handle);
    return infoOf(this.get(handle));
  }

  private readWhole(folder: string): ParameterSet {
    const config = readModelConfig(folder);
    this.makeRoom(modelBytes(config), `${folder}: the model`);
    return parameterSet(config, readModelParameters(folder, config));
  }

  private loadFrozen({ handle, folder }: ModelSource, weights: string): void {
    this.add(handle, frozenSet(folder, readModelConfig(folder), weights), { folder, fromJob: false });
  }

  private loadAdapter({ handle, folder, base }: Required<ModelSource>): void {
    const under = this.get(base.handle);
    const config = readAdapterConfig(folder, under.config);
    const own = parameterSet(config, readAdapterParameters(folder, config), under.parameters);
    under.shared = true;
    this.add(handle, own, { folder, fromJob: false, base: base.handle });
  }

  initialise({ handle, config, seed, path, ...how }: OpArgs<'initialise'>): PolicyInfo {
    const random = Random.of(seed).at(...path.split('/'));
    const parameters = parameterSet(config, initialParameters(config, random, how));
    this.add(handle, parameters, { folder: undefined, fromJob: true });
    return infoOf(this.get(handle));
  }

  clone({ from, to, start }: OpArgs<'clone'>): PolicyInfo {
    const source = this.get(from);
    source.shared = true;
    if (start === undefined) {
      const { config, base, folder } = source;
      const { frozen } = source.parameters;
      const parameters = frozen === undefined ? source.parameters : this.readWhole(folder!);
      const shared = frozen === undefined;
      this.byHandle.set(to, { config, folder, parameters, fromJob: true, shared, ...(base && { base }) });
      return infoOf(this.get(to));
    }
    invariant(source.config.adapter === undefined, `clone: ${from} has an adapter already`);
    const config = { ...source.config, adapter: start.adapter };
    const random = Random.of(start.seed).at(...start.path.split('/'));
    const own = parameterSet(config, initialAdapter(config, random), source.parameters);
    this.add(to, own, { folder: undefined, fromJob: true, base: from });
    return infoOf(this.get(to));
  }

  free({ handle }: OpArgs<'free'>): void {
    this.byHandle.delete(handle);
  }

  /** Ends a job: drops the policies that it made. */
  endJob(): void {
    for (const [handle, { fromJob }] of this.byHandle) if (fromJob) this.byHandle.delete(handle);
    this.usedByJob.clear();
  }

  /**
   * Drops policies that this job has not used, least recently used first, until `bytes` more fit into its memory.
   * Throws UserError where they do not fit beside those that it has used.
   */
  makeRoom(bytes: number, what: string): void {
    for (const [handle, { fromJob }] of this.byHandle) {
      if (this.bytes() + bytes <= this.memoryBytesMax) return;
      if (!fromJob && !this.usedByJob.has(handle)) this.byHandle.delete(handle);
    }
    requireRoom(this.bytes() + bytes, this.memoryBytesMax, what, ADVICE);
  }

  /** Lets go of a model and of all that needs it. Where its weights were, if it was here. */
  forget(handle: Handle): string | undefined {
    const folder = this.byHandle.get(handle)?.parameters.frozen?.folder;
    for (const [other, { base }] of this.byHandle) if (base === handle) this.byHandle.delete(other);
    this.byHandle.delete(handle);
    return folder;
  }

  /** Memory of all policies. */
  private bytes(): number {
    const tensors = new Set<Tensor>();
    for (const { parameters, optimizer, gradients } of this.byHandle.values()) {
      const held = [
        parameters.base?.tensors,
        parameters.base?.weights,
        parameters.tensors,
        parameters.weights,
      ];
      for (const feeds of [...held, optimizer?.m, optimizer?.v, gradients]) {
        for (const tensor of Object.values(feeds ?? {})) tensors.add(tensor);
      }
    }
    return [...tensors].reduce((sum, { size }) => sum + 4 * size, 0);
  }

  loadOptimizer({ handle, folder }: OpArgs<'loadOptimizer'>): number {
    const policy = this.get(handle);
    const path = join(folder, OPTIMIZER_FILE);
    if (!existsSync(path)) return 0;
    const tensors = new Map(readTensors(path).map((tensor) => [tensor.name, tensor]));
    const moments = (kind: 'm' | 'v'): Feeds => {
      const named = trainedSpecs(policy.config).map(({ name, shape }) => {
        const tensor = tensors.get(`adam.${kind}.${name}`);
        if (tensor?.shape.join() === shape.join()) return [name, float32(tensor.data, shape)];
        throw new UserError(
          `${path}: tensor adam.${kind}.${name}: expected shape [${shape.join(', ')}], ` +
            `got ${tensor ? `[${tensor.shape.join(', ')}]` : 'none'}`,
          'DATA_LOSS',
          path,
        );
      });
      return Object.fromEntries(named) as Feeds;
    };
    const updates = tensors.get(UPDATES)?.data[0] ?? 0;
    policy.optimizer = { m: moments('m'), v: moments('v'), updates };
    return updates;
  }

  save({ handle, folder, optimizer, base }: OpArgs<'save'>): void {
    const policy = this.get(handle);
    invariant(policy.parameters.frozen === undefined, `save: the parameters of ${handle} are not here`);
    const named = (prefix: string, tensors: Feeds): NamedTensor[] =>
      Object.entries(tensors).map(([name, tensor]) => ({
        name: prefix + name,
        shape: tensor.dims,
        data: floatsOf(tensor),
      }));
    if (policy.config.adapter !== undefined) {
      writeAdapter(folder, policy.config, named('', policy.parameters.tensors), base);
    } else {
      if (policy.folder !== undefined) copyCompanions(policy.folder, folder);
      writeTensors(join(folder, WEIGHTS_FILE), named('', policy.parameters.tensors));
    }
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
    parameters: ParameterSet,
    origin: Pick<Policy, 'folder' | 'fromJob' | 'base'>,
  ): void {
    this.byHandle.set(handle, { config: parameters.config, parameters, shared: false, ...origin });
  }
}

function infoOf({ config }: Policy): PolicyInfo {
  return { config, parameterCount: parameterCount(config) };
}
