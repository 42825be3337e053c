/** Packed weights: the same products, read from the file. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeModel, gemm, Graph, type ExternalData } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';
import { packWeights, writeAll } from './packed-weights.js';
import { float32, floatsOf } from './tensors.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-packed-'));
after(() => rmSync(folder, { recursive: true }));

const [ROWS, OUT, IN] = [4, 96, 320];
const FILE = 'weights';
const PAGE_BYTES = 65_536;
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
  const place = { file: FILE, offset: 0, length: weight.byteLength };
  const file = openSync(join(folder, FILE), 'wx');
  writeAll(file, new Uint8Array(weight.buffer), 0);
  let end = 2 * PAGE_BYTES;
  const next = (length: number): number => {
    end += PAGE_BYTES * Math.ceil(length / PAGE_BYTES);
    return end - PAGE_BYTES * Math.ceil(length / PAGE_BYTES);
  };
  const packed = await packWeights(graph, folder, new Map([['w', place]]), { file, place: next });
  assert.deepEqual(readdirSync(folder), [FILE]);
  const { blobs } = packed.get('w')![0]!;
  assert.equal(blobs.length, 1);
  assert.ok(blobs[0]!.offset === 2 * PAGE_BYTES && blobs[0]!.length >= weight.byteLength);

  const plain = await product(place);
  const same = await product({ ...place, packed: packed.get('w')! });
  same.forEach((value, i) => assert.ok(Math.abs(value - plain[i]!) < 1e-4, `component ${i}`));

  writeAll(file, new Uint8Array(blobs[0]!.length), blobs[0]!.offset);
  closeSync(file);
  assert.ok((await product({ ...place, packed: packed.get('w')! })).every((value) => value === 0));
  assert.deepEqual(await product(place), plain);
});
