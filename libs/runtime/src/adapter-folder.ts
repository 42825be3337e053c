/**
 * Adapters on disk, as peft writes them: adapter_config.json and adapter_model.safetensors, without the model that they
 * belong to. Blocking calls: made for worker threads and for programs.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  adapterSpecs,
  matchAdapter,
  parsePeftConfig,
  peftConfigJson,
  requireFinite,
  type AdapterBase,
  type DecoderConfig,
  type NamedTensor,
} from '@soar/model';
import { writeJson } from './model-folder.js';
import { listTensors, readJson, readTensor, refusePickled, writeTensors } from './weight-files.js';

export const ADAPTER_FILE = 'adapter_config.json';
export const ADAPTER_WEIGHTS_FILE = 'adapter_model.safetensors';

/** Whether `folder` holds an adapter; there may be a model beside it. */
export function isAdapterFolder(folder: string): boolean {
  return existsSync(join(folder, ADAPTER_FILE));
}

/** The model that the adapter in `folder` names as its base. Throws UserError that names the file. */
export function readAdapterBase(folder: string): AdapterBase {
  const path = join(folder, ADAPTER_FILE);
  return parsePeftConfig(readJson(path), path).base;
}

/** The configuration of the model `base` with the adapter in `folder`. Throws UserError that names the file. */
export function readAdapterConfig(folder: string, base: DecoderConfig): DecoderConfig {
  const path = join(folder, ADAPTER_FILE);
  const peft = parsePeftConfig(readJson(path), path);
  const weights = join(folder, ADAPTER_WEIGHTS_FILE);
  if (!existsSync(weights)) refusePickled(folder);
  return { ...base, adapter: matchAdapter(base, peft, listTensors(weights), weights) };
}

/** The matrices of the adapter in `folder`, in the order of adapterSpecs. */
export function readAdapterParameters(folder: string, config: DecoderConfig): NamedTensor[] {
  const path = join(folder, ADAPTER_WEIGHTS_FILE);
  const entries = new Map(listTensors(path).map((entry) => [entry.name, entry]));
  return adapterSpecs(config).map(({ name }) => {
    const tensor = readTensor(entries.get(name)!);
    requireFinite(tensor.data, name, path);
    return tensor;
  });
}

/** Writes the adapter of `config`: `tensors` in the order of adapterSpecs, and the name of its base. */
export function writeAdapter(
  folder: string,
  config: DecoderConfig,
  tensors: readonly NamedTensor[],
  base: AdapterBase,
): void {
  writeJson(join(folder, ADAPTER_FILE), peftConfigJson(config, config.adapter!, base));
  writeTensors(join(folder, ADAPTER_WEIGHTS_FILE), tensors);
}
