/**
 * The policies that a worker holds: parameters by name, and for those in training the optimizer's state.
 *
 * An optimizer step writes parameters in place, unless another policy may be reading them: clones share the parameters
 * of what they were cloned from, and the first to be trained takes a copy. All adapters of a model share its weights,
 * which are here once. Loaded policies stay for later jobs, within a bound on their bytes, the one used last in any
 * case; what a job makes ends with it.
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
import { parameterCount, requireRoom, trainedCount } from '../memory.js';
import { copyCompanions, readModelConfig, readModelParameters } from '../model-folder.js';
import type { Handle, ModelSource, OpArgs, PolicyInfo } from '../protocol.js';
import type { RuntimeSettings } from '../settings.js';
import { readTensors, WEIGHTS_FILE, writeTensors } from '../weight-files.js';
import { parameterSet, type ParameterSet } from './parameters.js';
import { float32, floatsOf, type Feeds } from './tensors.js';

const OPTIMIZER_FILE = 'optimizer.safetensors';
const UPDATES = 'adam.updates';

export interface Policy {
  readonly config: DecoderConfig;
  /** The model under an adapter. */
  readonly base?: Handle;
  /** Where its companions (tokenizer and such) are; undefined for a model made here. */
  readonly folder: string | undefined;
  readonly fromJob: boolean;
  parameters: ParameterSet;
  optimizer?: { readonly m: Feeds; readonly v: Feeds; updates: number };
  /** Those of the last step, in the weights: memory for the next. */
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

  constructor(private readonly settings: RuntimeSettings) {}

  get(handle: Handle): Policy {
    const policy = this.byHandle.get(handle);
    invariant(policy, `no policy ${handle} in this worker`);
    this.byHandle.delete(handle);
    this.byHandle.set(handle, policy);
    if (policy.base !== undefined) this.get(policy.base); // used after its adapters, so it goes after them
    return policy;
  }

  load({ handle, folder, base }: OpArgs<'load'>): PolicyInfo {
    if (base !== undefined) this.load(base);
    if (!this.byHandle.has(handle)) {
      if (base === undefined) this.loadWhole({ handle, folder });
      else this.loadAdapter({ handle, folder, base });
    }
    this.usedByJob.add(handle);
    return infoOf(this.get(handle));
  }

  private loadWhole({ handle, folder }: ModelSource): void {
    const config = readModelConfig(folder);
    const advice = 'use fewer workers, or a machine with more memory';
    const bytes = 8 * parameterCount(config);
    requireRoom(bytes, this.memoryBytesMax, `${folder}: the model`, advice);
    this.makeRoom(bytes / 2);
    this.add(handle, parameterSet(config, readModelParameters(folder, config)), { folder, fromJob: false });
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
      const { config, base, folder, parameters } = source;
      this.byHandle.set(to, {
        config,
        folder,
        parameters,
        fromJob: true,
        shared: true,
        ...(base && { base }),
      });
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

  /**
   * Ends a job: drops the policies that it made, and those that it loaded as far as they exceed the cache, but the
   * last.
   */
  endJob(): void {
    for (const [handle, { fromJob }] of this.byHandle) if (fromJob) this.byHandle.delete(handle);
    this.usedByJob.clear();
    const last = [...this.byHandle.keys()].at(-1);
    if (last !== undefined) this.usedByJob.add(last);
    this.makeRoom(0);
    this.usedByJob.clear();
  }

  /** Drops what this job has not used, least recently used first, until `bytes` more fit into the cache. */
  private makeRoom(bytes: number): void {
    const sizes = [...this.byHandle].map(
      ([handle, { config }]) => [handle, 4 * trainedCount(config)] as const,
    );
    let total = sizes.reduce((sum, [, size]) => sum + size, bytes);
    for (const [handle, size] of sizes) {
      if (total <= this.settings.cacheBytesMax) break;
      if (this.usedByJob.has(handle) || this.byHandle.get(handle)!.fromJob) continue;
      this.byHandle.delete(handle);
      total -= size;
    }
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
