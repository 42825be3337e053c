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
import { HostMemory } from '../devices/host-memory.js';
import { bytesOf, type TensorMemory } from '../devices/tensor-memory.js';
import { modelBytes, parameterCount, requireRoom } from '../memory.js';
import { copyCompanions, modelParameters, readModelConfig } from '../model-folder.js';
import type { Handle, ModelSource, OpArgs, PolicyInfo } from '../protocol.js';
import { readTensors, WEIGHTS_FILE, writeTensors } from '../weight-files.js';
import { frozenSet } from './frozen-weights.js';
import { parameterSet, type ParameterSet } from './parameters.js';
import type { Sessions } from './sessions.js';
import type { Feeds, Tensor } from './tensors.js';
import { weightsOnly } from './weights-only.js';

const OPTIMIZER_FILE = 'optimizer.safetensors';
const UPDATES = 'adam.updates';
const ADVICE =
  'raise --memory (on a device --device-memory), use fewer workers with more --threads, lower max_new_tokens or ' +
  'compute.micro_batch_tokens';

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

  /** Tensors that others in this worker use. */
  usedElsewhere: () => readonly Tensor[] = () => [];

  /** `sessions`: to keep models in float16 alone, where the memory has matrices so. */
  constructor(
    private readonly memory: TensorMemory = new HostMemory(),
    private readonly sessions?: Sessions,
  ) {}

  get(handle: Handle): Policy {
    const policy = this.byHandle.get(handle);
    invariant(policy, `no policy ${handle} in this worker`);
    this.byHandle.delete(handle);
    this.byHandle.set(handle, policy);
    if (policy.base !== undefined) this.get(policy.base); // used after its adapters, so it goes after them
    return policy;
  }

  async load({ handle, folder, base, frozen }: OpArgs<'load'>): Promise<PolicyInfo> {
    if (base !== undefined) await this.load({ ...base, frozen });
    if (!this.byHandle.has(handle)) {
      if (base !== undefined) await this.loadAdapter({ handle, folder, base });
      else if (frozen !== undefined) await this.loadFrozen({ handle, folder }, frozen);
      else this.add(handle, await this.readModel(folder), { folder, fromJob: false });
    }
    this.usedByJob.add(handle);
    return infoOf(this.get(handle));
  }

  /** A model to sample from, to score with or to put adapters on. */
  private async readModel(folder: string): Promise<ParameterSet> {
    if (this.sessions === undefined || !this.memory.halves) return this.readWhole(folder);
    const config = readModelConfig(folder);
    this.makeRoom(modelBytes(config) / 2, `${folder}: the model`);
    return weightsOnly(folder, config, this.sessions);
  }

  /** A tensor at a time: a model that goes to a device is never whole in the host's memory. */
  private async readWhole(folder: string): Promise<ParameterSet> {
    const config = readModelConfig(folder);
    this.makeRoom(modelBytes(config), `${folder}: the model`);
    return parameterSet(config, modelParameters(folder, config), this.memory);
  }

  private async loadFrozen({ handle, folder }: ModelSource, weights: string): Promise<void> {
    const set = await frozenSet(folder, readModelConfig(folder), weights, this.memory);
    this.add(handle, set, { folder, fromJob: false });
  }

  private async loadAdapter({ handle, folder, base }: Required<ModelSource>): Promise<void> {
    const under = this.get(base.handle);
    const config = readAdapterConfig(folder, under.config);
    const parameters = readAdapterParameters(folder, config);
    const own = await parameterSet(config, parameters, this.memory, under.parameters);
    under.shared = true;
    this.add(handle, own, { folder, fromJob: false, base: base.handle });
  }

  async initialise({ handle, config, seed, path, ...how }: OpArgs<'initialise'>): Promise<PolicyInfo> {
    const random = Random.of(seed).at(...path.split('/'));
    const parameters = await parameterSet(config, initialParameters(config, random, how), this.memory);
    this.add(handle, parameters, { folder: undefined, fromJob: true });
    return infoOf(this.get(handle));
  }

  async clone({ from, to, start }: OpArgs<'clone'>): Promise<PolicyInfo> {
    const source = this.get(from);
    source.shared = true;
    if (start === undefined) {
      const { config, base, folder } = source;
      const shared = source.parameters.frozen === undefined && source.parameters.weightsOnly !== true;
      const parameters = shared ? source.parameters : await this.readWhole(folder!);
      this.byHandle.set(to, { config, folder, parameters, fromJob: true, shared, ...(base && { base }) });
      return infoOf(this.get(to));
    }
    invariant(source.config.adapter === undefined, `clone: ${from} has an adapter already`);
    const config = { ...source.config, adapter: start.adapter };
    const random = Random.of(start.seed).at(...start.path.split('/'));
    const adapter = initialAdapter(config, random);
    const own = await parameterSet(config, adapter, this.memory, source.parameters);
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
      if (fromJob || this.usedByJob.has(handle)) continue;
      this.byHandle.delete(handle);
      this.sweep();
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

  /** Gives back what no policy has any more. */
  sweep(): void {
    this.memory.sweep(new Set([...this.tensors(), ...this.usedElsewhere()]));
  }

  /** Memory of all policies. */
  private bytes(): number {
    return [...this.tensors()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  }

  /** All tensors of policies. */
  private tensors(): Set<Tensor> {
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
    return tensors;
  }

  async loadOptimizer({ handle, folder }: OpArgs<'loadOptimizer'>): Promise<number> {
    const policy = this.get(handle);
    const path = join(folder, OPTIMIZER_FILE);
    if (!existsSync(path)) return 0;
    const tensors = new Map(readTensors(path).map((tensor) => [tensor.name, tensor]));
    const moments = async (kind: 'm' | 'v'): Promise<Feeds> => {
      const found: Feeds = {};
      for (const { name, shape } of trainedSpecs(policy.config)) {
        const tensor = tensors.get(`adam.${kind}.${name}`);
        if (tensor?.shape.join() !== shape.join()) {
          throw new UserError(
            `${path}: tensor adam.${kind}.${name}: expected shape [${shape.join(', ')}], ` +
              `got ${tensor ? `[${tensor.shape.join(', ')}]` : 'none'}`,
            'DATA_LOSS',
            path,
          );
        }
        found[name] = await this.memory.put(tensor.data, shape);
      }
      return found;
    };
    const updates = tensors.get(UPDATES)?.data[0] ?? 0;
    policy.optimizer = { m: await moments('m'), v: await moments('v'), updates };
    return updates;
  }

  async save({ handle, folder, optimizer, base }: OpArgs<'save'>): Promise<void> {
    const policy = this.get(handle);
    const { frozen, weightsOnly: isPartial } = policy.parameters;
    invariant(frozen === undefined && !isPartial, `save: the parameters of ${handle} are not here`);
    const named = async (prefix: string, tensors: Feeds): Promise<NamedTensor[]> => {
      const all: NamedTensor[] = [];
      for (const [name, tensor] of Object.entries(tensors)) {
        all.push({ name: prefix + name, shape: tensor.dims, data: await this.memory.read(tensor) });
      }
      return all;
    };
    if (policy.config.adapter !== undefined) {
      writeAdapter(folder, policy.config, await named('', policy.parameters.tensors), base);
    } else {
      if (policy.folder !== undefined) copyCompanions(policy.folder, folder);
      writeTensors(join(folder, WEIGHTS_FILE), await named('', policy.parameters.tensors));
    }
    if (!optimizer || policy.optimizer === undefined) return;
    const { m, v, updates } = policy.optimizer;
    writeTensors(join(folder, OPTIMIZER_FILE), [
      { name: UPDATES, shape: [], data: Float32Array.of(updates) },
      ...(await named('adam.m.', m)),
      ...(await named('adam.v.', v)),
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
