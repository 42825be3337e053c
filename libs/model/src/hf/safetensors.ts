/**
 * The safetensors format (https://huggingface.co/docs/safetensors, "Format"), read and written from bytes.
 *
 *   8 bytes   length of the header, little-endian
 *   header    JSON: {"__metadata__": {...}, "<name>": {"dtype", "shape", "data_offsets": [begin, end]}}
 *   data      little-endian, row-major; offsets count from its beginning, without holes and without overlap
 *
 * A file may come from anywhere, so nothing in it is believed: sizes are checked against the file before anything is
 * allocated. F32, F16 and BF16 are read, all as float32, and written. No files here: bytes in, bytes out.
 */
import { UserError } from '@soar/core';

/** Where a tensor lies. `begin` and `end` count from the start of the file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: FloatType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In order of their place in the file. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A tensor as float32, row-major. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const BYTES_OF = { F32: 4, F16: 2, BF16: 2 } as const;
export type FloatType = keyof typeof BYTES_OF;
const PIECE_BYTES = 2 ** 20;

/** Length of the number before the header. */
export const PREFIX_BYTES = 8;
/** Largest header accepted, as in the reference implementation. */
const HEADER_BYTES_MAX = 100_000_000;
const RANK_MAX = 8;
const NAME_MAX = 512;

/** Length of the header, from the first 8 bytes of a file of `fileBytes` bytes. Throws UserError DATA_LOSS. */
export function headerLength(prefix: Uint8Array, fileBytes: number, source: string): number {
  if (prefix.length < PREFIX_BYTES || fileBytes < PREFIX_BYTES) {
    refuse(source, `truncated: ${fileBytes} bytes, expected at least ${PREFIX_BYTES}; copy the file again`);
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES);
  const length = Number(view.getBigUint64(0, true));
  if (length > HEADER_BYTES_MAX || length < 2) {
    refuse(
      source,
      `header of ${length} bytes, expected 2 to ${HEADER_BYTES_MAX}; is this a safetensors file?`,
    );
  }
  if (PREFIX_BYTES + length > fileBytes) {
    refuse(
      source,
      `truncated: the header ends at byte ${PREFIX_BYTES + length}, the file at ${fileBytes}; copy the file again`,
    );
  }
  return length;
}

/** The header of a file of `fileBytes` bytes; `header` are its bytes behind the prefix. Throws UserError DATA_LOSS. */
export function parseHeader(header: Uint8Array, fileBytes: number, source: string): SafetensorsHeader {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch {
    refuse(source, 'the header is no JSON; is this a safetensors file?');
  }
  if (!isRecord(json)) refuse(source, 'the header is no JSON object; is this a safetensors file?');
  const { __metadata__: metadata = {}, ...tensors } = json;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    refuse(source, '__metadata__: expected an object of texts');
  }
  const dataStart = PREFIX_BYTES + header.length;
  const entries = Object.entries(tensors)
    .map(([name, value]) => parseEntry(name, value, dataStart, source))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = dataStart;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      const what = begin < at ? 'overlaps the tensor before it' : 'leaves a hole before it';
      refuse(
        source,
        `tensor ${name}: data_offsets begin at ${begin - dataStart}, expected ${at - dataStart}: ${what}`,
      );
    }
    if (end > fileBytes) {
      refuse(
        source,
        `truncated: tensor ${name} ends at byte ${end}, the file at ${fileBytes}; copy the file again`,
      );
    }
    at = end;
  }
  if (at !== fileBytes) refuse(source, `${fileBytes - at} bytes behind the last tensor, expected none`);
  return { entries, metadata: metadata as Record<string, string> };
}

function parseEntry(name: string, value: unknown, dataStart: number, source: string): TensorEntry {
  const fail = (what: string): never => refuse(source, `tensor ${name.slice(0, NAME_MAX)}: ${what}`);
  if (name.length > NAME_MAX) fail(`a name of ${name.length} characters, at most ${NAME_MAX} are allowed`);
  if (!isRecord(value)) return fail('expected {"dtype", "shape", "data_offsets"}');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES_OF, dtype)) {
    return fail(
      `dtype ${JSON.stringify(dtype)}, expected F32, F16 or BF16; convert the weights to one of them`,
    );
  }
  if (!isSizes(shape) || shape.length > RANK_MAX) return fail(`shape ${JSON.stringify(shape)} is no shape`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return fail(`data_offsets ${JSON.stringify(offsets)}, expected [begin, end]`);
  }
  const bytes = shape.reduce((a, b) => a * b, BYTES_OF[dtype as FloatType]);
  if (offsets[1]! - offsets[0]! !== bytes) {
    return fail(
      `${dtype} [${shape.join(', ')}] has ${bytes} bytes, data_offsets span ${offsets[1]! - offsets[0]!}`,
    );
  }
  return {
    name,
    dtype: dtype as FloatType,
    shape,
    begin: dataStart + offsets[0]!,
    end: dataStart + offsets[1]!,
  };
}

/**
 * A tensor's values, in memory of their own. `read` gives bytes of the file from `begin` to `end`; it is asked for a
 * piece at a time, so that the largest matrix is not in memory twice.
 */
export function decodeTensor(
  { name, shape, dtype, begin, end }: TensorEntry,
  read: (begin: number, end: number) => Uint8Array,
): NamedTensor {
  const data = new Float32Array((end - begin) / BYTES_OF[dtype]);
  const bits = new Uint32Array(data.buffer);
  for (let from = begin; from < end; from += PIECE_BYTES) {
    const piece = read(from, Math.min(from + PIECE_BYTES, end));
    widen(piece, dtype, bits.subarray((from - begin) / BYTES_OF[dtype]));
  }
  return { name, shape, data };
}

/** Writes the bits of binary32 numbers that a piece of a file says. */
function widen(piece: Uint8Array, dtype: FloatType, to: Uint32Array): void {
  const { buffer, byteOffset, length } = piece.byteOffset % BYTES_OF[dtype] === 0 ? piece : piece.slice();
  if (dtype === 'F32') return to.set(new Uint32Array(buffer, byteOffset, length / 4));
  const halves = new Uint16Array(buffer, byteOffset, length / 2);
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) to[i] = halves[i]! << 16;
  else for (let i = 0; i < halves.length; i++) to[i] = float32BitsOfHalf(halves[i]!);
}

/** The bytes of float32 values in a type, each rounded to the nearest of its numbers, ties to even. */
export function encodeValues(data: Float32Array, dtype: FloatType): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const narrow = dtype === 'BF16' ? bfloat16Of : halfOf;
  const halves = Uint16Array.from(bits, narrow);
  return new Uint8Array(halves.buffer);
}

/** The bits of a binary32 number to those of bfloat16, its upper half. */
function bfloat16Of(bits: number): number {
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** The bits of a finite binary32 number to those of IEEE 754 binary16; what is too large becomes infinite. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  if (exponent >= 0x1f) return sign | 0x7c00;
  if (exponent < -10) return sign;
  // Below the smallest normal number the leading 1 is written, and shifted down.
  const [fraction, dropped] =
    exponent > 0 ? [(exponent << 23) | (bits & 0x7fffff), 13] : [0x800000 | (bits & 0x7fffff), 14 - exponent];
  const kept = fraction >>> dropped;
  const rest = fraction - kept * 2 ** dropped;
  const middle = 2 ** (dropped - 1);
  return sign | (kept + (rest > middle || (rest === middle && (kept & 1) === 1) ? 1 : 0));
}

/** IEEE 754 binary16 to the bits of the same number as binary32. */
function float32BitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  let exponent = (half >> 10) & 0x1f;
  let fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent === 0) {
    if (fraction === 0) return sign;
    exponent = 1;
    for (; (fraction & 0x400) === 0; fraction <<= 1) exponent--;
    fraction &= 0x3ff;
  }
  return sign | ((exponent + 112) << 23) | (fraction << 13);
}

/** A whole file in memory. Throws UserError DATA_LOSS; `source` (its path) begins every message. */
export function readSafetensors(bytes: Uint8Array, source: string): NamedTensor[] {
  const length = headerLength(bytes, bytes.length, source);
  const header = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
  const { entries } = parseHeader(header, bytes.length, source);
  return entries.map((entry) => decodeTensor(entry, (begin, end) => bytes.subarray(begin, end)));
}

/** A tensor that is to be written. */
export type TensorHead = Pick<TensorEntry, 'name' | 'shape'> & { readonly dtype?: FloatType };

/**
 * Prefix and header of a file that holds `tensors` in the order given, as F32 where they name no type; their data
 * follow it, without gaps.
 */
export function encodeHeader(tensors: readonly TensorHead[]): Uint8Array {
  let at = 0;
  const entries = tensors.map(({ name, shape, dtype = 'F32' }) => {
    const begin = at;
    at += shape.reduce((a, b) => a * b, BYTES_OF[dtype]);
    return [name, { dtype, shape, data_offsets: [begin, at] }] as const;
  });
  // "format" is what transformers asks for; the spaces behind align the data to 8 bytes.
  const json = JSON.stringify(Object.fromEntries([['__metadata__', { format: 'pt' }], ...entries]));
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, PREFIX_BYTES);
  return bytes;
}

/** A whole file in memory. */
export function writeSafetensors(tensors: readonly NamedTensor[]): Uint8Array {
  const header = encodeHeader(tensors);
  const bytes = new Uint8Array(header.length + tensors.reduce((sum, { data }) => sum + data.byteLength, 0));
  bytes.set(header);
  let at = header.length;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function refuse(source: string, what: string): never {
  throw new UserError(`${source}: ${what}`, 'DATA_LOSS', source);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}
