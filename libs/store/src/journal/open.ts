/** Opens the run database of a location. */
import { join } from 'node:path';
import { isFolder } from '../database/location.js';
import { openPostgresJournal } from './postgres.js';
import type { RunDatabase } from './run-database.js';
import { openSqliteJournal } from './sqlite.js';

/** Opens the runs and journals at `location`; makes them if missing. Throws UserError. */
export async function openRunDatabase(location: string): Promise<RunDatabase> {
  return isFolder(location)
    ? openSqliteJournal(join(location, 'coordinator.sqlite'))
    : openPostgresJournal(location);
}
