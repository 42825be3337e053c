/**
 * The files of a model folder that hold weights: model.safetensors, or the shards that model.safetensors.index.json
 * names. Tensors are read one by one, so that a model is never in memory twice. Blocking calls.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import {
  decodeTensor,
  encodeHeader,
  encodeValues,
  headerLength,
  parseHeader,
  PREFIX_BYTES,
  requireFinite,
  type NamedTensor,
  type TensorEntry,
  type TensorHead,
} from '@soar/model';

export const WEIGHTS_FILE = 'model.safetensors';
const SHARDS_FILE = 'model.safetensors.index.json';
const SHARDS_MAX = 1_000;
const PIECE_BYTES = 2 ** 20;
/** The start of a pointer file, which Git LFS leaves instead of the real file (git-lfs.com, "spec"). */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
/** Weights as Python objects; reading them executes code in them. */
const PICKLED = /^(pytorch_model|consolidated|model|adapter_model).*\.(bin|pt|pth|ckpt)$/;

/** The files of `folder` that hold its weights, and what messages about all of them name. Throws UserError. */
export function weightFiles(folder: string): { readonly files: readonly string[]; readonly where: string } {
  const whole = join(folder, WEIGHTS_FILE);
  if (existsSync(whole)) return { files: [whole], where: whole };
  const index = join(folder, SHARDS_FILE);
  if (!existsSync(index)) throw noWeights(folder);
  const map = (readJson(index) as { weight_map?: unknown } | null)?.weight_map;
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map) as unknown[])] : [];
  const good = names.filter((name): name is string => typeof name === 'string' && basename(name) === name);
  if (good.length === 0 || good.length !== names.length || good.length > SHARDS_MAX) {
    throw new UserError(`${index}: weight_map: expected file names by tensor`, 'DATA_LOSS', index);
  }
  return { files: good.sort().map((name) => join(folder, name)), where: index };
}

function noWeights(folder: string): UserError {
  refusePickled(folder);
  return new UserError(
    `${join(folder, WEIGHTS_FILE)}: not found; expected a model folder`,
    'NOT_FOUND',
    folder,
  );
}

/** Throws UserError where `folder` has weights as Python objects; called where it has no others. */
export function refusePickled(folder: string): void {
  const pickled = existsSync(folder) ? readdirSync(folder).find((name) => PICKLED.test(name)) : undefined;
  if (pickled === undefined) return;
  throw new UserError(
    `${join(folder, pickled)}: pickled weights are not read, since reading them runs code; save the model with ` +
      'save_pretrained of transformers, which writes model.safetensors',
    'INVALID_ARGUMENT',
    folder,
  );
}

/** The position of a tensor, and its file. */
export interface StoredTensor extends TensorEntry {
  readonly path: string;
}

/**
 * The tensors of a safetensors file, without their values. Throws UserError DATA_LOSS where the file is not whole.
 */
export function listTensors(path: string): StoredTensor[] {
  return withFile(path, ({ size, read }) => {
    const prefix = read(0, Math.min(size, LFS_POINTER.length));
    refusePointer(path, Buffer.from(prefix).toString('latin1'));
    const length = headerLength(prefix.subarray(0, PREFIX_BYTES), size, path);
    const { entries } = parseHeader(read(PREFIX_BYTES, length), size, path);
    return entries.map((entry) => ({ ...entry, path }));
  });
}

/** Every tensor of a safetensors file, as float32. Throws UserError DATA_LOSS where the file is not whole. */
export function readTensors(path: string): NamedTensor[] {
  const entries = listTensors(path);
  return withFile(path, (file) => entries.map((entry) => decoded(entry, file)));
}

/** The values of one tensor. */
export function readTensor(entry: StoredTensor): NamedTensor {
  return withFile(entry.path, (file) => decoded(entry, file));
}

function decoded(entry: TensorEntry, { read }: OpenFile): NamedTensor {
  return decodeTensor(entry, (begin, end) => read(begin, end - begin));
}

/** One tensor as it lies in its file. */
export function readBytes({ path, begin, end }: StoredTensor): Uint8Array {
  return withFile(path, ({ read }) => read(begin, end - begin));
}

/** Whether two tensors are equal, type and all. Read in pieces: an embedding may have gigabytes. */
export function sameTensor(a: StoredTensor, b: StoredTensor): boolean {
  const length = a.end - a.begin;
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  return withFile(a.path, (one) =>
    withFile(b.path, (other) => {
      for (let at = 0; at < length; at += PIECE_BYTES) {
        const size = Math.min(PIECE_BYTES, length - at);
        if (!Buffer.from(one.read(a.begin + at, size)).equals(other.read(b.begin + at, size))) return false;
      }
      return true;
    }),
  );
}

/** Writes tensors to a safetensors file as F32, after checking that every value is finite. */
export function writeTensors(path: string, tensors: readonly NamedTensor[]): void {
  for (const { data, name } of tensors) requireFinite(data, name, basename(path));
  writeEncoded(
    path,
    tensors.map(({ name, shape, data }) => ({ name, shape, bytes: () => encodeValues(data, 'F32') })),
  );
}

/** A tensor whose bytes are made when it is its turn, so that a model never stands in memory whole. */
export interface EncodedTensor extends TensorHead {
  readonly bytes: () => Uint8Array;
}

/** Writes tensors to a safetensors file, each in its type. */
export function writeEncoded(path: string, tensors: readonly EncodedTensor[]): void {
  const file = openSync(path, 'wx');
  try {
    const write = (bytes: Uint8Array): void => {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    };
    write(encodeHeader(tensors));
    for (const { bytes } of tensors) write(bytes());
  } finally {
    closeSync(file);
  }
}

/** The content of a JSON file. Throws UserError that names it. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw cannotRead(path, error);
  }
  refusePointer(path, text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: malformed JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', path, {
      cause: error,
    });
  }
}

/** Throws UserError when Git LFS left a pointer in place of the file. */
export function requireFetched(path: string): void {
  withFile(path, ({ size, read }) => {
    refusePointer(path, Buffer.from(read(0, Math.min(size, LFS_POINTER.length))).toString('latin1'));
  });
}

function refusePointer(path: string, beginning: string): void {
  if (!beginning.startsWith(LFS_POINTER)) return;
  throw new UserError(
    `${path}: a Git LFS pointer, not the file itself; fetch it with "git lfs pull" in the folder it came from`,
    'INVALID_ARGUMENT',
    path,
  );
}

interface OpenFile {
  readonly size: number;
  readonly read: (begin: number, length: number) => Uint8Array;
}

function withFile<T>(path: string, use: (file: OpenFile) => T): T {
  const file = open(path);
  try {
    return use({
      size: fstatSync(file).size,
      read: (begin, length) => {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length;) {
          const got = readSync(file, bytes, done, length - done, begin + done);
          if (got === 0) throw new UserError(`${path}: truncated while it was read`, 'DATA_LOSS', path);
          done += got;
        }
        return bytes;
      },
    });
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw cannotRead(path, error);
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
