/**
 * Model folders in Hugging Face layout, on disk: config.json, generation_config.json, model.safetensors (or the shards
 * that model.safetensors.index.json names) and the tokenizer's files. Weights are read tensor by tensor, so that a
 * model never stands in memory twice. Blocking calls: made for worker threads and for programs.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import {
  decodeTensor,
  encodeHeader,
  headerLength,
  matchParameters,
  parameterSpecs,
  parseHeader,
  parseHfConfig,
  PREFIX_BYTES,
  requireFinite,
  withGenerationConfig,
  type DecoderConfig,
  type NamedTensor,
} from '@soar/model';

export const WEIGHTS_FILE = 'model.safetensors';
const SHARDS_FILE = 'model.safetensors.index.json';
/** What stands beside the weights and is carried along unchanged. */
const COMPANIONS = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];
const SHARDS_MAX = 1_000;

/** The configuration of the model in `folder`. Throws UserError that names the file. */
export function readModelConfig(folder: string): DecoderConfig {
  const path = join(folder, 'config.json');
  const config = parseHfConfig(readJson(path), path);
  const generation = join(folder, 'generation_config.json');
  return existsSync(generation) ? withGenerationConfig(config, readJson(generation), generation) : config;
}

/** The parameters of the model in `folder`, in the order of parameterSpecs, checked against its configuration. */
export function readModelParameters(folder: string, config: DecoderConfig): NamedTensor[] {
  const files = weightFiles(folder);
  const tensors = files.flatMap((file) => readTensors(join(folder, file)));
  const where = files.length === 1 ? join(folder, files[0]!) : join(folder, SHARDS_FILE);
  matchParameters(config, tensors, where);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return parameterSpecs(config).map(({ name }) => {
    const tensor = byName.get(name)!;
    requireFinite(tensor.data, name, where);
    return tensor;
  });
}

/** Every tensor of a safetensors file, as float32. Throws UserError DATA_LOSS where the file is not whole. */
export function readTensors(path: string): NamedTensor[] {
  const file = open(path);
  try {
    const { size } = fstatSync(file);
    const read = (begin: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const got = readSync(file, bytes, done, length - done, begin + done);
        if (got === 0) throw new UserError(`${path}: truncated while it was read`, 'DATA_LOSS', path);
        done += got;
      }
      return bytes;
    };
    const length = headerLength(read(0, Math.min(size, PREFIX_BYTES)), size, path);
    const { entries } = parseHeader(read(PREFIX_BYTES, length), size, path);
    return entries.map((entry) => decodeTensor(entry, read(entry.begin, entry.end - entry.begin)));
  } finally {
    closeSync(file);
  }
}

/** Writes tensors to a safetensors file, after checking that every value is finite. */
export function writeTensors(path: string, tensors: readonly NamedTensor[]): void {
  for (const { data, name } of tensors) requireFinite(data, name, basename(path));
  const file = openSync(path, 'wx');
  try {
    const write = (bytes: Uint8Array): void => {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    };
    write(encodeHeader(tensors));
    for (const { data } of tensors) write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  } finally {
    closeSync(file);
  }
}

/**
 * Copies everything but the weights from one model folder to another; config.json then says that weights are float32.
 */
export function copyCompanions(from: string, to: string): void {
  const config = readJson(join(from, 'config.json')) as Record<string, unknown>;
  for (const name of ['dtype', 'torch_dtype']) if (name in config) config[name] = 'float32';
  writeJson(join(to, 'config.json'), config);
  for (const name of COMPANIONS) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
}

export function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`, { flag: 'wx' });
}

function weightFiles(folder: string): string[] {
  if (existsSync(join(folder, WEIGHTS_FILE))) return [WEIGHTS_FILE];
  const path = join(folder, SHARDS_FILE);
  if (!existsSync(path)) {
    throw new UserError(
      `${join(folder, WEIGHTS_FILE)}: not found; expected a model folder`,
      'NOT_FOUND',
      folder,
    );
  }
  const map = (readJson(path) as { weight_map?: unknown } | null)?.weight_map;
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map) as unknown[])] : [];
  const good = names.filter((name): name is string => typeof name === 'string' && basename(name) === name);
  if (good.length === 0 || good.length !== names.length || good.length > SHARDS_MAX) {
    throw new UserError(`${path}: weight_map: expected file names by tensor`, 'DATA_LOSS', path);
  }
  return good.sort();
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw cannotRead(path, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: malformed JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', path, {
      cause: error,
    });
  }
}

function cannotRead(path: string, error: unknown): UserError {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return new UserError(
    missing
      ? `${path}: not found; expected a model folder in Hugging Face layout`
      : `${path}: ${messageOf(error)}`,
    missing ? 'NOT_FOUND' : 'FAILED_PRECONDITION',
    path,
    { cause: error },
  );
}
