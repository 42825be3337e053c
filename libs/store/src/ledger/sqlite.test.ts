import { join } from 'node:path';
import { openSqliteLedger } from './sqlite.js';
import { ledgerConformance } from '../testing/ledger-conformance.js';
import { scratch } from '../testing/scratch.js';

ledgerConformance('SQLite', async (t) => {
  const file = join(await scratch(t), 'metareward.sqlite');
  return async () => {
    const ledger = openSqliteLedger(file);
    t.after(() => ledger.close());
    return ledger;
  };
});
