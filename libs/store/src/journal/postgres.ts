/**
 * Runs and their journals on PostgreSQL, for clusters. The interface and its guarantees are in run-database.ts.
 *
 * Every write is one statement that first takes a share lock on the row of the fencing token. So a process that takes
 * over waits for writes in progress, and later writes of the old holder find the new token and write nothing.
 */
import { InvariantError, UserError } from '@soar/core';
import type { Schema } from '../database/schema.js';
import type { AcquireOptions, Lease } from '../database/lease.js';
import type { RunDatabase, RunJournal, StoredRun } from './run-database.js';
import { bytesOf, PostgresDatabase, type Row, sqlState } from '../database/postgres.js';
import { acquireLease, type HeldLease } from '../database/postgres-lease.js';

const SCHEMA: Schema = {
  component: 'run journal',
  migrations: [
    `CREATE TABLE soar.ownership (token bigint NOT NULL, holder text NOT NULL);
     INSERT INTO soar.ownership VALUES (0, 'nobody');
     CREATE TABLE soar.runs (
       id text COLLATE "C" PRIMARY KEY, request bytea NOT NULL, state integer NOT NULL,
       failure text NOT NULL, failure_reason text NOT NULL, created_ms bigint NOT NULL
     );
     CREATE TABLE soar.entries (
       sequence bigint GENERATED ALWAYS AS IDENTITY, run_id text COLLATE "C" NOT NULL REFERENCES soar.runs (id),
       name text COLLATE "C" NOT NULL, value bytea NOT NULL, PRIMARY KEY (run_id, name)
     );`,
    `ALTER TABLE soar.runs ADD COLUMN kind text NOT NULL DEFAULT 'run';`,
  ],
};

const COLUMNS = 'id, kind, request, state, failure, failure_reason, created_ms';
/** One row if the writer's fencing token (the last parameter) is the current one, else none. */
const fenced = (parameter: number): string =>
  `WITH lease AS (SELECT 1 FROM soar.ownership WHERE token = $${parameter} FOR SHARE)`;

/**
 * Opens the journal in the database at `url` and creates its tables. Throws UserError as PostgresDatabase.at does.
 */
export async function openPostgresJournal(url: string): Promise<RunDatabase> {
  return new PostgresJournal(await PostgresDatabase.at(url, SCHEMA));
}

class PostgresJournal implements RunDatabase {
  private held: HeldLease | undefined;

  constructor(private readonly db: PostgresDatabase) {}

  async acquire(options: AcquireOptions): Promise<Lease> {
    await this.held?.release();
    this.held = undefined;
    this.held = await acquireLease(this.db, options);
    return this.held;
  }

  async insert(run: StoredRun): Promise<boolean> {
    const { id, kind, request, state, failure, failureReason, createdMs } = run;
    const sql = `${fenced(8)} INSERT INTO soar.runs (${COLUMNS})
      SELECT $1, $2, $3::bytea, $4::int, $5, $6, $7::bigint FROM lease
      ON CONFLICT DO NOTHING`;
    const values = [id, kind, Buffer.from(request), state, failure, failureReason, createdMs];
    const done = await this.write(sql, values);
    if (!done) await this.checkLease();
    return done;
  }

  async get(id: string): Promise<StoredRun | undefined> {
    const { rows } = await this.db.query(`SELECT ${COLUMNS} FROM soar.runs WHERE id = $1`, [id]);
    return rows[0] === undefined ? undefined : storedRun(rows[0]);
  }

  async list(kind: string, afterId: string, limit: number): Promise<StoredRun[]> {
    const sql = `SELECT ${COLUMNS} FROM soar.runs WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3`;
    return (await this.db.query(sql, [kind, afterId, limit])).rows.map(storedRun);
  }

  async setState(id: string, state: number, failure: string, failureReason: string): Promise<void> {
    const sql = `${fenced(5)} UPDATE soar.runs SET state = $2, failure = $3, failure_reason = $4
      FROM lease WHERE id = $1`;
    if (await this.write(sql, [id, state, failure, failureReason])) return;
    await this.checkLease();
    throw unknownRun(id);
  }

  journal(id: string): RunJournal {
    return {
      get: (name) => this.value(id, name),
      put: (name, value) => this.put(id, name, value),
      values: async (prefix) => {
        // Nothing sorts after the highest code point.
        const sql =
          'SELECT value FROM soar.entries WHERE run_id = $1 AND name >= $2 AND name < $3 ORDER BY name';
        const { rows } = await this.db.query(sql, [id, prefix, `${prefix}\u{10ffff}`]);
        return rows.map((row) => bytesOf(row['value']));
      },
      names: async () => {
        const sql = 'SELECT name FROM soar.entries WHERE run_id = $1 ORDER BY sequence';
        return (await this.db.query(sql, [id])).rows.map((row) => String(row['name']));
      },
    };
  }

  async close(): Promise<void> {
    await this.held?.release();
    this.held = undefined;
    await this.db.close();
  }

  private async put(runId: string, name: string, value: Uint8Array): Promise<void> {
    const sql = `${fenced(4)} INSERT INTO soar.entries (run_id, name, value) SELECT $1, $2, $3::bytea FROM lease
      ON CONFLICT DO NOTHING`;
    try {
      if (await this.write(sql, [runId, name, Buffer.from(value)])) return;
    } catch (error) {
      if (sqlState(error) === FOREIGN_KEY_VIOLATION) throw unknownRun(runId);
      throw error;
    }
    await this.checkLease();
    const kept = await this.value(runId, name);
    if (kept !== undefined && Buffer.compare(kept, value) === 0) return;
    throw new InvariantError(
      `journal of run ${runId}: entry ${name} has ${kept?.length ?? 'no'} bytes and would be replaced by ` +
        `${value.length} different bytes`,
    );
  }

  private async value(runId: string, name: string): Promise<Uint8Array | undefined> {
    const { rows } = await this.db.query('SELECT value FROM soar.entries WHERE run_id = $1 AND name = $2', [
      runId,
      name,
    ]);
    return rows[0] === undefined ? undefined : bytesOf(rows[0]['value']);
  }

  /** Runs a statement with the fencing token as its last value; whether it changed a row. */
  private async write(sql: string, values: readonly unknown[]): Promise<boolean> {
    const { token, lost } = this.lease();
    return (await this.db.query(sql, [...values, token], lost)).rowCount === 1;
  }

  /** Throws FAILED_PRECONDITION if another process has acquired the lease since. */
  private async checkLease(): Promise<void> {
    const { token, lost } = this.lease();
    const { rows } = await this.db.query('SELECT token, holder FROM soar.ownership', [], lost);
    if (Number(rows[0]?.['token']) === token) return;
    const message = `${this.db.where}: ${String(rows[0]?.['holder'])} has taken this store over; nothing was written`;
    throw new UserError(message, 'FAILED_PRECONDITION', 'store');
  }

  private lease(): HeldLease {
    if (this.held === undefined) throw new InvariantError(`${this.db.where}: written to without the lease`);
    return this.held;
  }
}

const FOREIGN_KEY_VIOLATION = '23503';

function storedRun(row: Row): StoredRun {
  return {
    id: String(row['id']),
    kind: String(row['kind']),
    request: bytesOf(row['request']),
    state: Number(row['state']),
    failure: String(row['failure']),
    failureReason: String(row['failure_reason']),
    createdMs: Number(row['created_ms']),
  };
}

function unknownRun(id: string): UserError {
  return new UserError(`run journal: run "${id}" does not exist`, 'NOT_FOUND', 'id');
}
