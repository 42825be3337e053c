/**
 * Constants in the order in which a kernel of ONNX Runtime reads them. It packs the right side of a matrix product when
 * a session starts, saves the result with a model on request, and maps it from there the next time. Where it is stands
 * among the entries of a constant's external data. This is how they are written and read; which order a kernel wants is
 * ONNX Runtime's affair, and differs from processor to processor. Read by the field numbers of onnx.proto3.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { invariant } from '@soar/core';

/** What one kind of kernel reads instead of a constant's values, in the file of those. */
export interface PackedData {
  /** The kind, and a hash of what is packed: a kernel takes nothing else. */
  readonly kernel: string;
  readonly blobs: readonly { readonly offset: number; readonly length: number }[];
}

/** Keys of the entries begin with this. */
const KEY = 'prepacked';

/** The entries of a constant. */
export function packedEntries(packed: readonly PackedData[]): (readonly [key: string, value: string])[] {
  return packed.map(({ kernel, blobs }, i) => {
    const places = blobs.map(({ offset, length }) => `${offset};${length};0`); // no checksum
    return [`${KEY}_${i}`, [kernel, ...places].join('|')];
  });
}

/** What the outermost graph of a saved model says about its constants, by their names. */
export function packedConstants(model: Uint8Array): ReadonlyMap<string, readonly PackedData[]> {
  const constants = new Map<string, PackedData[]>();
  for (const graph of fields(model, 7)) {
    for (const tensor of fields(graph, 5)) {
      const [name] = fields(tensor, 8).map(text);
      const entries = fields(tensor, 13).map((entry) =>
        [1, 2].map((field) => text(fields(entry, field)[0]!)),
      );
      const packed = entries.filter(([key]) => key!.startsWith(KEY)).map(([, value]) => packedData(value!));
      if (packed.length > 0) constants.set(name!, packed);
    }
  }
  return constants;
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
