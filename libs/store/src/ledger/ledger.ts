/**
 * The reward ledger: for every outer step of a run, what it was scored from and what came out, in order and for good.
 *
 * Values are bytes (protobuf messages of the caller). Entries are only ever appended, step by step from 0; nothing
 * changes or removes one. Every append is one durable transaction. One machine: sqlite.ts; a
 * cluster: postgres.ts. Not here: the scoring.
 */

/** One outer step in the ledger. */
export interface LedgerRow {
  /** Outer step, from 0. */
  readonly step: number;
  /** What it was scored from. */
  readonly request: Uint8Array;
  /** What came out. */
  readonly score: Uint8Array;
}

export interface Ledger {
  /**
   * Appends a run's next step, and says whether it did: false when `row.step` is not the number of steps there are.
   */
  append(runId: string, row: LedgerRow): Promise<boolean>;
  /** Number of steps of a run; 0 for an unknown one. */
  steps(runId: string): Promise<number>;
  get(runId: string, step: number): Promise<LedgerRow | undefined>;
  /** Steps from `firstStep` on, in order, at most `limit`. */
  list(runId: string, firstStep: number, limit: number): Promise<LedgerRow[]>;
  /** Lets another process open the database. Idempotent. */
  close(): Promise<void>;
}
