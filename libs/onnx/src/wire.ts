/** Messages of onnx.proto3 that hold tensors and their types, by field number. */
import { WireType, type BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Tensor } from './graph.js';
import type { DType, Shape } from './tensor.js';

export const ELEMENT_TYPE: Record<DType, number> = { float32: 1, int64: 7, bool: 9 };
/** TensorProto.DataLocation. */
const EXTERNAL = 1;

/** Where the values of an input lie that never change: in a file beside the model's, as float32. */
export interface ExternalData {
  readonly file: string;
  /** Position of the first byte; a multiple of the page size can be mapped into memory. */
  readonly offset: number;
  readonly length: number;
}

/** The values of a constant, little-endian. */
export function rawData(w: BinaryWriter, { dtype, constant }: Pick<Tensor, 'dtype' | 'constant'>): void {
  w.tag(9, WireType.LengthDelimited).bytes(bytesOf(dtype, constant!));
}

function bytesOf(dtype: DType, data: ArrayLike<number>): Uint8Array {
  if (data instanceof Float32Array)
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (dtype === 'bool') return Uint8Array.from(data);
  if (dtype === 'float32') return new Uint8Array(Float32Array.from(data).buffer);
  return new Uint8Array(BigInt64Array.from(Array.from(data, (value) => BigInt(value))).buffer);
}

export function valueInfo(w: BinaryWriter, value: { name: string; dtype: DType; shape: Shape }): void {
  w.tag(1, WireType.LengthDelimited).string(value.name);
  message(w, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.tag(1, WireType.Varint).int32(ELEMENT_TYPE[value.dtype]);
      message(tensor, 2, (shape) => {
        for (const dim of value.shape) {
          message(shape, 1, (d) => {
            if (typeof dim === 'number') d.tag(1, WireType.Varint).int64(dim);
            else d.tag(2, WireType.LengthDelimited).string(dim);
          });
        }
      });
    }),
  );
}

export function externalData(w: BinaryWriter, { file, offset, length }: ExternalData): void {
  for (const [key, value] of Object.entries({ location: file, offset, length })) {
    message(w, 13, (entry) => {
      entry.tag(1, WireType.LengthDelimited).string(key);
      entry.tag(2, WireType.LengthDelimited).string(String(value));
    });
  }
  w.tag(14, WireType.Varint).int32(EXTERNAL);
}

export function message(w: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void {
  w.tag(field, WireType.LengthDelimited).fork();
  write(w);
  w.join();
}
