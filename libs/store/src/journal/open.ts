/** Opens the run database that a location names. */
import { join } from 'node:path';
import { isFolder } from '../database/location.js';
import { openPostgresJournal } from './postgres.js';
import type { RunDatabase } from './run-database.js';
import { openSqliteJournal } from './sqlite.js';

/** Opens the runs and journals at `location`, and makes what is not there. Throws UserError. */
export async function openRunDatabase(location: string): Promise<RunDatabase> {
  return isFolder(location)
    ? openSqliteJournal(join(location, 'coordinator.sqlite'))
    : openPostgresJournal(location);
}
