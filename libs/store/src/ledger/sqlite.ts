/** The reward ledger on SQLite, for one machine. The interface and its guarantees are in ledger.ts. */
import type { Schema } from '../database/schema.js';
import { blob, SqliteDatabase, type Row } from '../database/sqlite.js';
import type { Ledger, LedgerRow } from './ledger.js';

const SCHEMA: Schema = {
  component: 'reward ledger',
  migrations: [
    `CREATE TABLE steps (
       run_id TEXT NOT NULL, step INTEGER NOT NULL, request BLOB NOT NULL, score BLOB NOT NULL,
       PRIMARY KEY (run_id, step)
     ) STRICT;`,
  ],
};

/** Opens or creates the ledger in `file`. Throws UserError as SqliteDatabase.at does. */
export function openSqliteLedger(file: string): Ledger {
  return new SqliteLedger(SqliteDatabase.at(file, SCHEMA));
}

class SqliteLedger implements Ledger {
  constructor(private readonly db: SqliteDatabase) {}

  async append(runId: string, { step, request, score }: LedgerRow): Promise<boolean> {
    return this.db.write(() => {
      if (this.count(runId) !== step) return false;
      const sql = 'INSERT INTO steps (run_id, step, request, score) VALUES (?, ?, ?, ?)';
      return this.db.run(sql, runId, step, request, score) === 1;
    });
  }

  async steps(runId: string): Promise<number> {
    return this.count(runId);
  }

  async get(runId: string, step: number): Promise<LedgerRow | undefined> {
    const row = this.db.get(
      'SELECT step, request, score FROM steps WHERE run_id = ? AND step = ?',
      runId,
      step,
    );
    return row === undefined ? undefined : ledgerRow(row);
  }

  async list(runId: string, firstStep: number, limit: number): Promise<LedgerRow[]> {
    const sql = 'SELECT step, request, score FROM steps WHERE run_id = ? AND step >= ? ORDER BY step LIMIT ?';
    return this.db.all(sql, runId, firstStep, limit).map(ledgerRow);
  }

  async close(): Promise<void> {
    this.db.close();
  }

  /** Steps are 0, 1, 2, ... without gaps, so the last one gives their number. */
  private count(runId: string): number {
    const row = this.db.get('SELECT max(step) AS last FROM steps WHERE run_id = ?', runId);
    return row === undefined || row['last'] === null ? 0 : Number(row['last']) + 1;
  }
}

function ledgerRow(row: Row): LedgerRow {
  return { step: Number(row['step']), request: blob(row['request']), score: blob(row['score']) };
}
