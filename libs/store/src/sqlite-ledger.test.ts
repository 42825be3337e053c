import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteLedger } from './sqlite-ledger.js';
import { scratch } from './testing/scratch.js';

const row = (step: number, score = `score ${step}`) => ({
  step,
  request: new Uint8Array(Buffer.from(`request ${step}`)),
  score: new Uint8Array(Buffer.from(score)),
});

test('steps are appended in order, once each, and outlive the process', async (t) => {
  const file = join(await scratch(t), 'metareward.sqlite');
  const ledger = openSqliteLedger(file);
  assert.equal(await ledger.steps('a'), 0);
  assert.equal(await ledger.append('a', row(1)), false);
  assert.equal(await ledger.append('a', row(0)), true);
  assert.equal(await ledger.append('a', row(0, 'other')), false);
  assert.equal(await ledger.append('b', row(0, 'of b')), true);
  assert.equal(await ledger.append('a', row(1)), true);
  ledger.close();
  const again = openSqliteLedger(file);
  t.after(() => again.close());
  assert.equal(await again.steps('a'), 2);
  assert.deepEqual(await again.get('a', 0), row(0));
  assert.equal(await again.get('a', 2), undefined);
  assert.deepEqual(await again.list('a', 0, 10), [row(0), row(1)]);
  assert.deepEqual(await again.list('a', 1, 10), [row(1)]);
  assert.deepEqual(await again.list('a', 0, 1), [row(0)]);
});
