/** Opens the run database of a location. */
import { join } from 'node:path';
import { isFolder } from '../database/location.js';
import type { RunDatabase } from './run-database.js';

/** Opens the runs and journals at `location`; makes them if missing. Throws UserError. */
export async function openRunDatabase(location: string): Promise<RunDatabase> {
  // Each driver is imported on demand: a process uses one of the two, and most use none.
  if (isFolder(location)) {
    const { openSqliteJournal } = await import('./sqlite.js');
    return openSqliteJournal(join(location, 'coordinator.sqlite'));
  }
  const { openPostgresJournal } = await import('./postgres.js');
  return openPostgresJournal(location);
}
