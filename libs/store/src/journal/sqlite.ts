/**
 * Runs and their journals on SQLite, for one machine. The interface and its guarantees are in run-database.ts.
 *
 * SQLite is synchronous, a fraction of a millisecond per commit; the promises resolve once the commit is on disk.
 */
import { InvariantError, UserError } from '@soar/core';
import type { Schema } from '../database/schema.js';
import { blob, SqliteDatabase, type Row } from '../database/sqlite.js';
import type { AcquireOptions, Lease } from '../database/lease.js';
import type { RunDatabase, RunJournal, StoredRun } from './run-database.js';

const SCHEMA: Schema = {
  component: 'run journal',
  migrations: [
    `CREATE TABLE runs (
       id TEXT PRIMARY KEY, request BLOB NOT NULL, state INTEGER NOT NULL,
       failure TEXT NOT NULL, failure_reason TEXT NOT NULL, created_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE entries (
       sequence INTEGER PRIMARY KEY, run_id TEXT NOT NULL REFERENCES runs (id), name TEXT NOT NULL, value BLOB NOT NULL,
       UNIQUE (run_id, name)
     ) STRICT;`,
    `CREATE TABLE ownership (token INTEGER NOT NULL) STRICT;
     INSERT INTO ownership VALUES (0);`,
    `ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'run';`,
  ],
};

const COLUMNS = 'id, kind, request, state, failure, failure_reason, created_ms';

/** Opens or creates the journal in `file`. Throws UserError as SqliteDatabase.at does. */
export function openSqliteJournal(file: string): RunDatabase {
  return new SqliteJournal(SqliteDatabase.at(file, SCHEMA));
}

class SqliteJournal implements RunDatabase {
  constructor(private readonly db: SqliteDatabase) {}

  /**
   * The process that has the file open holds the lease until it exits: the lease is the operating system's file lock
   * (database/sqlite.ts).
   */
  async acquire({ signal, above = 0 }: AcquireOptions): Promise<Lease> {
    signal.throwIfAborted();
    const token = this.db.write(() => {
      this.db.run('UPDATE ownership SET token = max(token, ?) + 1', above);
      return Number(this.db.get('SELECT token FROM ownership')!['token']);
    });
    return { token, lost: new AbortController().signal };
  }

  async insert(run: StoredRun): Promise<boolean> {
    const { id, kind, request, state, failure, failureReason, createdMs } = run;
    const sql = `INSERT INTO runs (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
    return this.db.run(sql, id, kind, request, state, failure, failureReason, createdMs) === 1;
  }

  async get(id: string): Promise<StoredRun | undefined> {
    const row = this.db.get(`SELECT ${COLUMNS} FROM runs WHERE id = ?`, id);
    return row === undefined ? undefined : storedRun(row);
  }

  async list(kind: string, afterId: string, limit: number): Promise<StoredRun[]> {
    const sql = `SELECT ${COLUMNS} FROM runs WHERE kind = ? AND id > ? ORDER BY id LIMIT ?`;
    return this.db.all(sql, kind, afterId, limit).map(storedRun);
  }

  async setState(id: string, state: number, failure: string, failureReason: string): Promise<void> {
    const sql = 'UPDATE runs SET state = ?, failure = ?, failure_reason = ? WHERE id = ?';
    if (this.db.run(sql, state, failure, failureReason, id) !== 1) throw unknownRun(id);
  }

  journal(id: string): RunJournal {
    return new SqliteRunJournal(this.db, id);
  }

  async close(): Promise<void> {
    this.db.close();
  }
}

class SqliteRunJournal implements RunJournal {
  constructor(
    private readonly db: SqliteDatabase,
    private readonly runId: string,
  ) {}

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.value(name);
  }

  async put(name: string, value: Uint8Array): Promise<void> {
    const { db, runId } = this;
    db.write(() => {
      if (db.get('SELECT 1 FROM runs WHERE id = ?', runId) === undefined) throw unknownRun(runId);
      const kept = this.value(name);
      if (kept === undefined) {
        db.run('INSERT INTO entries (run_id, name, value) VALUES (?, ?, ?)', runId, name, value);
      } else if (Buffer.compare(kept, value) !== 0) {
        throw new InvariantError(
          `journal of run ${runId}: entry ${name} has ${kept.length} bytes and would be replaced by ` +
            `${value.length} different bytes`,
        );
      }
    });
  }

  async values(prefix: string): Promise<Uint8Array[]> {
    // Not LIKE: it ignores case and treats '%' and '_' as wildcards. Nothing sorts after the highest code point.
    const sql = 'SELECT value FROM entries WHERE run_id = ? AND name >= ? AND name < ? ORDER BY name';
    return this.db.all(sql, this.runId, prefix, `${prefix}\u{10ffff}`).map((row) => blob(row['value']));
  }

  async names(): Promise<string[]> {
    const rows = this.db.all('SELECT name FROM entries WHERE run_id = ? ORDER BY sequence', this.runId);
    return rows.map((row) => String(row['name']));
  }

  private value(name: string): Uint8Array | undefined {
    const row = this.db.get('SELECT value FROM entries WHERE run_id = ? AND name = ?', this.runId, name);
    return row === undefined ? undefined : blob(row['value']);
  }
}

function storedRun(row: Row): StoredRun {
  return {
    id: String(row['id']),
    kind: String(row['kind']),
    request: blob(row['request']),
    state: Number(row['state']),
    failure: String(row['failure']),
    failureReason: String(row['failure_reason']),
    createdMs: Number(row['created_ms']),
  };
}

function unknownRun(id: string): UserError {
  return new UserError(`run journal: run "${id}" does not exist`, 'NOT_FOUND', 'id');
}
