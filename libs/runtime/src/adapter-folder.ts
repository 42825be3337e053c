/**
 * Adapters on disk, as peft writes them: adapter_config.json and adapter_model.safetensors, without the model that they
 * belong to. Blocking calls: made for worker threads and for programs.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  adapterName,
  adapterSpecs,
  encodeValues,
  matchAdapter,
  mergedWeight,
  parsePeftConfig,
  peftConfigJson,
  requireFinite,
  scaleOf,
  type AdapterBase,
  type DecoderConfig,
  type NamedTensor,
} from '@soar/model';
import { ADAPTER_FILE, copyTokenizer, readBaseConfig, writeJson } from './model-folder.js';
import {
  listTensors,
  readBytes,
  readJson,
  readTensor,
  refusePickled,
  weightFiles,
  WEIGHTS_FILE,
  writeEncoded,
  writeTensors,
  type StoredTensor,
} from './weight-files.js';

const ADAPTER_WEIGHTS_FILE = 'adapter_model.safetensors';

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

/** Copies the adapter in `from` of the model in `baseFolder`, and lets it name its base anew. */
export function copyAdapter(from: string, baseFolder: string, to: string, base: AdapterBase): void {
  const config = readAdapterConfig(from, readBaseConfig(baseFolder));
  writeJson(join(to, ADAPTER_FILE), peftConfigJson(config, config.adapter!, base));
  copyFileSync(join(from, ADAPTER_WEIGHTS_FILE), join(to, ADAPTER_WEIGHTS_FILE));
}

/**
 * Writes the model that the adapter in `from` and its base are together: a model folder with the base's configuration,
 * tokenizer and types. What has no adapter is copied as it is.
 */
export function writeMerged(from: string, baseFolder: string, to: string): void {
  const config = readAdapterConfig(from, readBaseConfig(baseFolder));
  const { adapter } = config;
  const matrices = new Map(readAdapterParameters(from, config).map((tensor) => [tensor.name, tensor]));
  const adapted = new Map(adapter!.layers.map((layer) => [`${layer}.weight`, layer]));
  const merged = (entry: StoredTensor, layer: string): Uint8Array => {
    const [a, b] = [matrices.get(adapterName(layer, 'A'))!, matrices.get(adapterName(layer, 'B'))!];
    const data = mergedWeight(readTensor(entry), a, b, scaleOf(adapter!));
    requireFinite(data, entry.name, baseFolder);
    return encodeValues(data, entry.dtype);
  };
  copyFileSync(join(baseFolder, 'config.json'), join(to, 'config.json'));
  copyTokenizer(baseFolder, to);
  writeEncoded(
    join(to, WEIGHTS_FILE),
    weightFiles(baseFolder)
      .files.flatMap(listTensors)
      .map((entry) => {
        const layer = adapted.get(entry.name);
        const bytes = () => (layer === undefined ? readBytes(entry) : merged(entry, layer));
        return { name: entry.name, shape: entry.shape, dtype: entry.dtype, bytes };
      }),
  );
}
