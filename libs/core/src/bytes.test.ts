import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, parseBytes } from './bytes.js';

test('sizes are read as they are written', () => {
  for (const bytes of [0, 1, 1023, 1536, 100 * 2 ** 20, 8 * 2 ** 30, 3.5 * 2 ** 40]) {
    assert.equal(parseBytes(formatBytes(bytes), 'size'), bytes);
  }
  assert.equal(formatBytes(8 * 2 ** 30), '8.0 GiB');
  assert.equal(parseBytes('1.5KiB', 'size'), 1536);
  assert.equal(parseBytes('2Gi', 'size'), 2 ** 31);
  assert.equal(parseBytes('4096', 'size'), 4096);
});

test('what is no size is refused, units of 1000 too', () => {
  for (const text of ['', 'much', '-1GiB', '8GB', '1e9', '1,5GiB', 'GiB']) {
    assert.throws(() => parseBytes(text, '--memory'), /^UserError: --memory: expected a size such as 8GiB/);
  }
});
