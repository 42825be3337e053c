/**
 * TFRecord: the frame of a record in an event file. Eight bytes of length, a checksum of these, the record, a checksum
 * of the record; all little-endian. A checksum is CRC-32C (Castagnoli), rotated and shifted by a constant, so that the
 * checksum of bytes that hold checksums is not a degenerate one.
 * Source: https://www.tensorflow.org/tutorials/load_data/tfrecord
 */

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;
const MASK_DELTA = 0xa282ead8;
/** The polynomial, bits reversed. */
const CASTAGNOLI = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CASTAGNOLI : 0);
  return crc;
});

export function tfRecord(record: Uint8Array): Uint8Array {
  const framed = new Uint8Array(HEADER_BYTES + record.length + FOOTER_BYTES);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(record.length), true);
  view.setUint32(8, masked(crc32c(framed.subarray(0, 8))), true);
  framed.set(record, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + record.length, masked(crc32c(record)), true);
  return framed;
}

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** The record that begins at `offset`, and where it ends; undefined where none is whole there. */
export function recordAt(
  file: Uint8Array,
  offset: number,
): { readonly record: Uint8Array; readonly end: number } | undefined {
  if (offset + HEADER_BYTES > file.length) return undefined;
  const view = new DataView(file.buffer, file.byteOffset + offset, file.length - offset);
  const length = Number(view.getBigUint64(0, true));
  const end = offset + HEADER_BYTES + length + FOOTER_BYTES;
  if (view.getUint32(8, true) !== masked(crc32c(file.subarray(offset, offset + 8)))) return undefined;
  if (end > file.length) return undefined;
  const record = file.subarray(offset + HEADER_BYTES, end - FOOTER_BYTES);
  return view.getUint32(HEADER_BYTES + length, true) === masked(crc32c(record)) ? { record, end } : undefined;
}
