import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { decodeTensor, encodeValues, readSafetensors, writeSafetensors } from './safetensors.js';

const testdata = new URL('../../testdata/', import.meta.url);
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, testdata)));

/** A file with this header and `dataBytes` zeros behind it. */
function withHeader(header: unknown, dataBytes: number): Uint8Array {
  const json = typeof header === 'string' ? header : JSON.stringify(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(new TextEncoder().encode(json), 8);
  return bytes;
}

function refuses(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => readSafetensors(bytes, 'm.safetensors'),
    (error) => error instanceof UserError && error.reason === 'DATA_LOSS' && message.test(error.message),
  );
}

test('reads F32, F16 and BF16 as the reference implementation wrote them', () => {
  const expected = JSON.parse(new TextDecoder().decode(file('dtypes.json'))) as Record<string, number[]>;
  const tensors = readSafetensors(file('dtypes.safetensors'), 'dtypes.safetensors');
  assert.deepEqual(tensors.map(({ name }) => name).sort(), Object.keys(expected).sort());
  for (const { name, data } of tensors) assert.deepEqual([...data], expected[name], name);
  assert.deepEqual(tensors.find(({ name }) => name === 'b.f16')!.shape, [4, 2]);
  assert.deepEqual(tensors.find(({ name }) => name === 'e.scalar')!.shape, []);
});

test('halves with infinities and NaN keep them', () => {
  const bytes = withHeader({ a: { dtype: 'F16', shape: [3], data_offsets: [0, 6] } }, 6);
  bytes.set([0x00, 0x7c, 0x00, 0xfc, 0x00, 0x7e], bytes.length - 6);
  assert.deepEqual([...readSafetensors(bytes, 'm')[0]!.data], [Infinity, -Infinity, NaN]);
});

test('what is written is read back, bit for bit, in a file aligned to 8 bytes', () => {
  const tensors = [
    { name: 'w', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 1e-40, -0, 7) },
    { name: 'empty', shape: [0], data: new Float32Array(0) },
    { name: 'scalar', shape: [], data: Float32Array.of(0.1) },
  ];
  const bytes = writeSafetensors(tensors);
  assert.equal((bytes.length - 7 * 4) % 8, 0);
  const back = readSafetensors(bytes, 'm.safetensors');
  for (const { name, shape, data } of tensors) {
    const found = back.find((tensor) => tensor.name === name)!;
    assert.deepEqual(found.shape, shape);
    assert.deepEqual(new Uint32Array(found.data.buffer), new Uint32Array(data.buffer));
  }
});

test('a file cut anywhere is refused as truncated', () => {
  const bytes = file('dtypes.safetensors');
  for (const length of [0, 7, 8, 40, bytes.length - 1]) refuses(bytes.subarray(0, length), /truncated/);
});

test('a header that claims more than the file has is refused before anything is allocated', () => {
  const bytes = withHeader({}, 0);
  new DataView(bytes.buffer).setBigUint64(0, 0xffff_ffff_ffff_ffffn, true);
  refuses(bytes, /header of \d+ bytes/);
  new DataView(bytes.buffer).setBigUint64(0, 99_999_999n, true);
  refuses(bytes, /truncated: the header ends/);
});

test('headers that are no header are refused', () => {
  refuses(withHeader('[1]', 0), /no JSON object/);
  refuses(withHeader('{"a":', 0), /no JSON;/);
  refuses(withHeader({ __metadata__: { a: 1 } }, 0), /__metadata__/);
  refuses(withHeader({ a: 1 }, 0), /tensor a: expected/);
  refuses(withHeader({ a: { dtype: 'I8', shape: [1], data_offsets: [0, 1] } }, 1), /dtype "I8"/);
  refuses(withHeader({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 1] } }, 1), /dtype/);
  refuses(withHeader({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4), /no shape/);
  refuses(withHeader({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 0] } }, 4), /\[begin, end\]/);
  refuses(withHeader({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4), /has 8 bytes/);
  const huge = [2 ** 30, 2 ** 30, 2 ** 30];
  refuses(withHeader({ a: { dtype: 'F32', shape: huge, data_offsets: [0, 4] } }, 4), /data_offsets span 4/);
});

test('tensors that overlap, leave holes, or end before the file does are refused', () => {
  const f32 = (begin: number, end: number): object => ({
    dtype: 'F32',
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });
  refuses(withHeader({ a: f32(0, 8), b: f32(4, 8) }, 8), /tensor b: .*overlaps/);
  refuses(withHeader({ a: f32(0, 4), b: f32(8, 12) }, 12), /tensor b: .*hole/);
  refuses(withHeader({ a: f32(4, 8) }, 8), /tensor a: .*hole/);
  refuses(withHeader({ a: f32(0, 4) }, 8), /4 bytes behind the last tensor/);
  refuses(withHeader({ a: f32(0, 8) }, 4), /truncated: tensor a/);
});

for (const dtype of ['F16', 'BF16'] as const) {
  test(`${dtype} is written as the nearest number, ties to even`, () => {
    const infinity = dtype === 'F16' ? 0x7c00 : 0x7f80;
    const all = Uint16Array.from({ length: infinity }, (_, bits) => bits); // zero and all positive numbers
    const entry = { name: 'x', dtype, shape: [all.length], begin: 0, end: 2 * all.length };
    const { data } = decodeTensor(entry, (begin, end) => new Uint8Array(all.buffer, begin, end - begin));
    const bitsOf = (values: Float32Array) => [...new Uint16Array(encodeValues(values, dtype).buffer)];
    assert.deepEqual(bitsOf(data), [...all]);
    assert.deepEqual(
      bitsOf(data.map((x) => -x)),
      [...all].map((bits) => bits | 0x8000),
    );
    const middles = data.subarray(1).map((x, i) => x / 2 + data[i]! / 2);
    const nudged = (by: number) =>
      new Float32Array(new Uint32Array(middles.slice().buffer).map((bits) => bits + by).buffer);
    assert.deepEqual(
      bitsOf(middles),
      [...all.subarray(1)].map((bits) => bits - (bits & 1)),
    );
    assert.deepEqual(bitsOf(nudged(1)), [...all.subarray(1)]);
    assert.deepEqual(bitsOf(nudged(-1)), [...all.subarray(0, -1)]);
  });
}
