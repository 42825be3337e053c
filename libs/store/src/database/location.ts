/**
 * Where runs, journals and ledgers are kept: the one place where `--store` is understood. A folder holds SQLite
 * databases and needs no server; `postgres://user@host:port/database` names a PostgreSQL database, for more than one
 * machine.
 */
import { UserError } from '@soar/core';
import { protocolOf } from '../location.js';

/** Whether a store's location is a folder of this machine. Throws UserError on one that is no location at all. */
export function isFolder(location: string): boolean {
  const protocol = protocolOf(location);
  if (protocol === undefined) return true;
  if (protocol === 'postgres' || protocol === 'postgresql') return false;
  // What follows the protocol may hold a password and is not repeated.
  const message = `store ${protocol}://...: unknown kind of store; name a folder or postgres://user@host:port/database`;
  throw new UserError(message, 'INVALID_ARGUMENT', 'store');
}
