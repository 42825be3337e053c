/** Units survive the conversion to messages and back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ComparisonUnitSchema, fromBinary, toBinary } from '@soar/contracts';
import { UNIT_ARCHIVE, unpackUnits } from '@soar/experiments';
import { unitMessage, unitOf } from './unit-messages.js';

const results = fileURLToPath(new URL('../../../../docs/results', import.meta.url));

for (const name of ['quickstart', 'intrinsic']) {
  test(`every unit that was published in ${name} is the same after a round trip through a message`, () => {
    const file = join(results, name, UNIT_ARCHIVE);
    const units = unpackUnits(readFileSync(file), file);
    assert.ok(units.size > 0);
    for (const [unitName, unit] of units) {
      const bytes = toBinary(ComparisonUnitSchema, unitMessage(unitName, unit));
      const back = unitOf(fromBinary(ComparisonUnitSchema, bytes));
      // As text, since the order of fields is that of the files too.
      assert.equal(JSON.stringify(back), JSON.stringify(unit), unitName);
    }
  });
}
