/** Packed weights: the same products, read from the file. */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeModel, gemm, Graph, type ExternalData } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';
import { packWeight, writeAll } from './packed-weights.js';
import { float32, floatsOf } from './tensors.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-packed-'));
after(() => rmSync(folder, { recursive: true }));

const [ROWS, OUT, IN] = [4, 96, 320];
const FILE = 'weights';
const weight = Float32Array.from({ length: OUT * IN }, (_, i) => Math.sin(i));
const x = Float32Array.from({ length: ROWS * IN }, (_, i) => Math.cos(i * i));

const graph = new Graph('product');
graph.output(
  'y',
  gemm(graph.input('x', 'float32', ['rows', IN]), graph.input('w', 'float32', [OUT, IN]), { transB: true }),
);

async function product(place: ExternalData): Promise<Float32Array> {
  const model = join(folder, 'model.onnx');
  writeFileSync(model, encodeModel(graph, new Map([['w', place]])));
  const session = await InferenceSession.create(model);
  rmSync(model);
  const { y } = await session.run({ x: float32(x, [ROWS, IN]) });
  await session.release();
  return floatsOf(y!);
}

test('a session multiplies with what the file has packed, and not with a copy of its own', async () => {
  const place = await packWeight(graph, { name: 'w', values: weight }, { folder, file: FILE });
  assert.deepEqual(readdirSync(folder), [FILE]);
  const path = join(folder, FILE);
  assert.deepEqual(readFileSync(path).subarray(0, place.length), Buffer.from(weight.buffer));
  const { blobs } = place.packed![0]!;
  assert.equal(blobs.length, 1);
  assert.ok(blobs[0]!.offset >= place.length && blobs[0]!.length >= weight.byteLength);

  const unpacked = { ...place, packed: [] };
  const plain = await product(unpacked);
  const same = await product(place);
  same.forEach((value, i) => assert.ok(Math.abs(value - plain[i]!) < 1e-4, `component ${i}`));

  const file = openSync(path, 'r+');
  writeAll(file, new Uint8Array(blobs[0]!.length), blobs[0]!.offset);
  closeSync(file);
  assert.ok((await product(place)).every((value) => value === 0));
  assert.deepEqual(await product(unpacked), plain);
});

test('what is packed begins at a line of the cache, whatever the size of the matrix', async () => {
  const odd = new Graph('odd');
  const w = odd.input('w', 'float32', [OUT - 1, IN - 1]);
  odd.output('y', gemm(odd.input('x', 'float32', ['rows', IN - 1]), w, { transB: true }));
  const values = weight.subarray(0, (OUT - 1) * (IN - 1));
  const place = await packWeight(odd, { name: 'w', values }, { folder, file: 'odd' });
  const { blobs } = place.packed![0]!;
  assert.ok(blobs.every(({ offset }) => offset % 64 === 0 && offset >= values.byteLength));
  // Not where ONNX Runtime has put it, but the same.
  const [{ offset, length }] = blobs as [{ offset: number; length: number }];
  const bytes = readFileSync(join(folder, 'odd'));
  const moved = bytes.subarray(offset, offset + length);
  assert.deepEqual(bytes.subarray(values.byteLength, values.byteLength + length), moved);
});

test('a full disk is an error of the system', { skip: !existsSync('/dev/full') }, async () => {
  symlinkSync('/dev/full', join(folder, 'full'));
  const written = packWeight(graph, { name: 'w', values: weight }, { folder, file: 'full' });
  await assert.rejects(written, { code: 'ENOSPC' });
});
