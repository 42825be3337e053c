/** Opens the reward ledger of a location. */
import { join } from 'node:path';
import { isFolder } from '../database/location.js';
import type { Ledger } from './ledger.js';

/** Opens the reward ledger at `location`; makes it if missing. Throws UserError. */
export async function openLedger(location: string): Promise<Ledger> {
  // Imported on demand, as in journal/open.ts.
  if (isFolder(location)) {
    const { openSqliteLedger } = await import('./sqlite.js');
    return openSqliteLedger(join(location, 'metareward.sqlite'));
  }
  const { openPostgresLedger } = await import('./postgres.js');
  return openPostgresLedger(location);
}
