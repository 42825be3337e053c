/** The guarantees of every reward ledger (ledger/ledger.ts), as tests for any implementation. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Ledger, LedgerRow } from '../ledger/ledger.js';

const row = (step: number, score = `score ${step}`): LedgerRow => ({
  step,
  request: new Uint8Array(Buffer.from(`request ${step}`)),
  score: new Uint8Array(Buffer.from(score)),
});

/** Declares the tests. `prepare` makes a new, empty ledger for each and returns the function that opens it. */
export function ledgerConformance(
  name: string,
  prepare: (t: TestContext) => Promise<() => Promise<Ledger>>,
  skip: string | false = false,
): void {
  void test(
    `${name}: steps are appended in order, once each, and outlive the process`,
    { skip },
    async (t) => {
      const open = await prepare(t);
      const ledger = await open();
      assert.equal(await ledger.steps('a'), 0);
      assert.equal(await ledger.append('a', row(1)), false);
      assert.equal(await ledger.append('a', row(0)), true);
      assert.equal(await ledger.append('a', row(0, 'other')), false);
      assert.equal(await ledger.append('b', row(0, 'of b')), true);
      assert.equal(await ledger.append('a', row(1)), true);
      await ledger.close();
      const again = await open();
      assert.equal(await again.steps('a'), 2);
      assert.deepEqual(await again.get('a', 0), row(0));
      assert.equal(await again.get('a', 2), undefined);
      assert.deepEqual(await again.list('a', 0, 10), [row(0), row(1)]);
      assert.deepEqual(await again.list('a', 1, 10), [row(1)]);
      assert.deepEqual(await again.list('a', 0, 1), [row(0)]);
    },
  );

  void test(`${name}: of two appends of one step at a time, one is kept`, { skip }, async (t) => {
    const ledger = await (await prepare(t))();
    const both = await Promise.all([ledger.append('a', row(0, 'x')), ledger.append('a', row(0, 'y'))]);
    assert.deepEqual(
      [...both].sort((a, b) => Number(a) - Number(b)),
      [false, true],
    );
    assert.equal(await ledger.steps('a'), 1);
  });
}
