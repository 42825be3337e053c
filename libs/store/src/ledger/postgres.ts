/**
 * The reward ledger on PostgreSQL, for clusters. The interface and its guarantees are in ledger.ts. It needs no
 * lease: an append is one statement that succeeds once for each step, whichever process makes it.
 */
import type { Schema } from '../database/schema.js';
import type { Ledger, LedgerRow } from './ledger.js';
import { bytesOf, PostgresDatabase, type Row } from '../database/postgres.js';

const SCHEMA: Schema = {
  component: 'reward ledger',
  migrations: [
    `CREATE TABLE soar.ledger_steps (
       run_id text COLLATE "C" NOT NULL, step integer NOT NULL, request bytea NOT NULL, score bytea NOT NULL,
       PRIMARY KEY (run_id, step)
     );`,
  ],
};

/** Opens the ledger in the database at `url` and creates its table. Throws UserError as PostgresDatabase.at does. */
export async function openPostgresLedger(url: string): Promise<Ledger> {
  return new PostgresLedger(await PostgresDatabase.at(url, SCHEMA));
}

class PostgresLedger implements Ledger {
  constructor(private readonly db: PostgresDatabase) {}

  async append(runId: string, { step, request, score }: LedgerRow): Promise<boolean> {
    // Steps are 0, 1, 2, ... without gaps: the previous one must exist, and the primary key refuses duplicates.
    const sql = `INSERT INTO soar.ledger_steps (run_id, step, request, score)
      SELECT $1, $2::int, $3::bytea, $4::bytea
      WHERE $2::int = 0 OR EXISTS (SELECT 1 FROM soar.ledger_steps WHERE run_id = $1 AND step = $2::int - 1)
      ON CONFLICT DO NOTHING`;
    return (await this.db.query(sql, [runId, step, Buffer.from(request), Buffer.from(score)])).rowCount === 1;
  }

  async steps(runId: string): Promise<number> {
    const sql = 'SELECT coalesce(max(step) + 1, 0) AS steps FROM soar.ledger_steps WHERE run_id = $1';
    return Number((await this.db.query(sql, [runId])).rows[0]!['steps']);
  }

  async get(runId: string, step: number): Promise<LedgerRow | undefined> {
    return (await this.list(runId, step, 1)).find((row) => row.step === step);
  }

  async list(runId: string, firstStep: number, limit: number): Promise<LedgerRow[]> {
    const sql =
      'SELECT step, request, score FROM soar.ledger_steps WHERE run_id = $1 AND step >= $2 ORDER BY step LIMIT $3';
    return (await this.db.query(sql, [runId, firstStep, limit])).rows.map(ledgerRow);
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

function ledgerRow(row: Row): LedgerRow {
  return { step: Number(row['step']), request: bytesOf(row['request']), score: bytesOf(row['score']) };
}
