/**
 * Where runs, journals and ledgers are kept: the one place where `--store` is understood. A folder holds SQLite databases
 * and needs no server; `postgres://user@host:port/database` names a PostgreSQL database, for more than one machine.
 */
import { join } from 'node:path';
import { UserError } from '@soar/core';
import type { RunDatabase } from './journal.js';
import type { Ledger } from './ledger.js';
import { openPostgresJournal } from './postgres-journal.js';
import { openPostgresLedger } from './postgres-ledger.js';
import { openSqliteJournal } from './sqlite-journal.js';
import { openSqliteLedger } from './sqlite-ledger.js';

/** A location that names a protocol; a drive letter (`C:\\runs`) is none. */
const PROTOCOL = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//;

/** Whether a store's location is a folder of this machine. Throws UserError on one that is no location at all. */
export function isFolder(location: string): boolean {
  const protocol = PROTOCOL.exec(location)?.[1]?.toLowerCase();
  if (protocol === undefined) return true;
  if (protocol === 'postgres' || protocol === 'postgresql') return false;
  // What follows the protocol may hold a password and is not repeated.
  const message = `store ${protocol}://...: unknown kind of store; name a folder or postgres://user@host:port/database`;
  throw new UserError(message, 'INVALID_ARGUMENT', 'store');
}

/** Opens the runs and journals at `location`, and makes what is not there. Throws UserError. */
export async function openRunDatabase(location: string): Promise<RunDatabase> {
  return isFolder(location)
    ? openSqliteJournal(join(location, 'coordinator.sqlite'))
    : openPostgresJournal(location);
}

/** Opens the reward ledger at `location`, and makes what is not there. Throws UserError. */
export async function openLedger(location: string): Promise<Ledger> {
  return isFolder(location)
    ? openSqliteLedger(join(location, 'metareward.sqlite'))
    : openPostgresLedger(location);
}
