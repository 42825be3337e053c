/**
 * The location of runs, journals and ledgers; the only parser of `--store`. A folder holds SQLite databases and needs
 * no server; `postgres://user@host:port/database` names a PostgreSQL database, for more than one machine.
 */
import { UserError } from '@soar/core';
import { protocolOf } from '../location.js';

/** Whether a store's location is a local folder. Throws UserError for an unknown protocol. */
export function isFolder(location: string): boolean {
  const protocol = protocolOf(location);
  if (protocol === undefined) return true;
  if (protocol === 'postgres' || protocol === 'postgresql') return false;
  // What follows the protocol may hold a password, so it is not shown.
  const message = `store ${protocol}://...: unknown kind of store; name a folder or postgres://user@host:port/database`;
  throw new UserError(message, 'INVALID_ARGUMENT', 'store');
}
