import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roofOf, samplingCost, stepCost } from './roof.js';
import { costOf, tableOf, WORKS, type Measured, type Row } from './rows.js';
import { configOf, SHAPES } from './shapes.js';

const config = configOf('135m');
/** SmolLM2-135M has 134,515,008 parameters, of which norms have 61 times 576. */
const MATRICES = 134_515_008 - 61 * 576;

test('the least that sampling takes: matrices once a round and batch, two operations a number and token', () => {
  const work = { rows: 1, batchRows: 128, promptTokens: 1, newTokens: 1 };
  const cacheToken = 2 * 30 * 3 * 64;
  const { flops, bytes } = samplingCost(config, work, 2);
  assert.equal(flops, 2 * MATRICES * 2 + 4 * 30 * 9 * 64 * 3);
  assert.equal(bytes, 2 * (2 * MATRICES + cacheToken));
  const two = samplingCost(config, { ...work, rows: 256 }, 2);
  assert.equal(two.bytes, 2 * (4 * MATRICES + 256 * cacheToken));
});

test('a step with an adapter has no gradients of frozen weights, and an optimizer of the adapter alone', () => {
  const size = { rows: 4, time: 128 };
  const [full, lora] = [stepCost(config, size, 4), stepCost(config, { ...size, trained: 1000 }, 4)];
  assert.equal(full.bytes, MATRICES * (8 + 32));
  assert.equal(lora.bytes, MATRICES * 8 + 32_000);
  assert.equal(full.flops - lora.flops, 2 * MATRICES * 512 - 6 * 1000 * 512);
});

test('shares of the roofs are of the peaks that were given, and neither bounds what is far below both', () => {
  const cost = { flops: 1e12, bytes: 1e9 };
  assert.deepEqual(roofOf(cost, 1, {}), {});
  assert.deepEqual(roofOf(cost, 1, { tflops: 4 }), { arithmeticShare: 0.25 });
  const roof = roofOf(cost, 1, { memoryGbs: 2, tflops: 4 });
  assert.deepEqual(roof, { memoryShare: 0.5, arithmeticShare: 0.25, bound: 'memory' });
  assert.equal(roofOf(cost, 1, { memoryGbs: 10, tflops: 2 }).bound, 'arithmetic');
  assert.equal(roofOf(cost, 1, { memoryGbs: 100, tflops: 100 }).bound, 'neither');
});

test('the table has a row for what failed, with its message, and the median of what was measured', () => {
  const [work] = WORKS;
  const cost = { flops: 1e12, bytes: 1e9 };
  const measured: Measured = {
    seconds: [4, 1, 2],
    loadSeconds: 1,
    recompute: false,
    plannedBytes: 2 ** 30,
    devicePeakBytes: 0,
    hostPeakBytes: 2 ** 31,
    toDevice: 0,
    fromDevice: 0,
  };
  const rows: Row[] = [
    { shape: 'tiny', work: work!, cost, result: measured },
    { shape: '3b', work: work!, cost, result: { message: 'out of\nmemory | here' } },
  ];
  const [head, , first, second] = tableOf(rows, { memoryGbs: 1 }).split('\n');
  assert.equal(
    first,
    '| tiny | sampling, 32 rows | 2.00 s (3 times) | 1024 | 1.0 GiB | n/a | 2.0 GiB | n/a | 50 % | n/a | n/a |',
  );
  assert.match(second!, /^\| 3b \| sampling, 32 rows \| out of memory \/ here \|/);
  assert.equal(second!.split('|').length, head!.split('|').length);
});

test('every shape is one that the engine reads, and every work costs something', () => {
  for (const shape of SHAPES) {
    for (const work of WORKS) {
      const { flops, bytes } = costOf(configOf(shape), work, 2);
      assert.ok(flops > 0 && bytes > 0, `${shape} ${work.name}`);
    }
  }
});
