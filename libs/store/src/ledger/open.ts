/** Opens the reward ledger of a location. */
import { join } from 'node:path';
import { isFolder } from '../database/location.js';
import type { Ledger } from './ledger.js';
import { openPostgresLedger } from './postgres.js';
import { openSqliteLedger } from './sqlite.js';

/** Opens the reward ledger at `location`; makes it if missing. Throws UserError. */
export async function openLedger(location: string): Promise<Ledger> {
  return isFolder(location)
    ? openSqliteLedger(join(location, 'metareward.sqlite'))
    : openPostgresLedger(location);
}
