/**
 * Constants in a file beside a model: as they are, and in the order in which a kernel of ONNX Runtime reads them. It
 * packs the right side of a matrix product when a session starts, saves the result with a model on request, and maps it
 * from there the next time. Where it is stands among the entries of a constant's external data. This is how they are
 * written and read; which order a kernel wants is ONNX Runtime's affair, and differs from processor to processor. Read
 * by the field numbers of onnx.proto3.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { invariant } from '@soar/core';

/** Where the values of an input lie that never change: in a file beside the model's, as float32. */
export interface ExternalData {
  readonly file: string;
  /** Position of the first byte; a multiple of the page size can be mapped into memory. */
  readonly offset: number;
  readonly length: number;
  /** In the same file too. */
  readonly packed?: readonly PackedData[];
}

/** What one kind of kernel reads instead of a constant's values, in the file of those. */
export interface PackedData {
  /** The kind, and a hash of what is packed: a kernel takes nothing else. */
  readonly kernel: string;
  readonly blobs: readonly { readonly offset: number; readonly length: number }[];
}

/** Keys of the entries begin with this. */
const KEY = 'prepacked';

/** The entries of a constant. */
export function externalEntries({
  file,
  offset,
  length,
  packed = [],
}: ExternalData): (readonly [key: string, value: string])[] {
  const entries = packed.map(({ kernel, blobs }, i) => {
    const places = blobs.map((blob) => `${blob.offset};${blob.length};0`); // no checksum
    return [`${KEY}_${i}`, [kernel, ...places].join('|')] as const;
  });
  return [['location', file], ['offset', `${offset}`], ['length', `${length}`], ...entries];
}

/** Where the constants of the outermost graph of a saved model lie outside it, by their names. */
export function externalConstants(model: Uint8Array): ReadonlyMap<string, ExternalData> {
  const constants = new Map<string, ExternalData>();
  for (const graph of fields(model, 7)) {
    for (const tensor of fields(graph, 5)) {
      const entries = fields(tensor, 13).map((entry) =>
        [1, 2].map((field) => text(fields(entry, field)[0]!)),
      );
      if (entries.length > 0)
        constants.set(text(fields(tensor, 8)[0]!), externalData(new Map(entries as [string, string][])));
    }
  }
  return constants;
}

function externalData(entries: ReadonlyMap<string, string>): ExternalData {
  const [file, offset, length] = ['location', 'offset', 'length'].map((key) => entries.get(key));
  const packed = [...entries].filter(([key]) => key.startsWith(KEY)).map(([, value]) => packedData(value));
  return { file: file!, offset: Number(offset ?? 0), length: Number(length), packed };
}

function packedData(value: string): PackedData {
  const [kernel, ...places] = value.split('|');
  const blobs = places.map((place) => {
    const [offset, length] = place.split(';').map(Number);
    invariant(
      Number.isSafeInteger(offset) && Number.isSafeInteger(length),
      `packed data: cannot read ${value}`,
    );
    return { offset: offset!, length: length! };
  });
  return { kernel: kernel!, blobs };
}

/** The values of a field of a message that are messages, texts or bytes themselves. */
function fields(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(type, field);
  }
  return found;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
