/**
 * The reward ledger: for every outer step of a run, the evaluations it was scored from and the score.
 *
 * Append-only: steps are appended in order from 0, and never changed or removed. Values are bytes (protobuf messages
 * of the caller). Every append is one durable transaction. One machine: sqlite.ts; a cluster: postgres.ts. Not here:
 * the scoring.
 */

/** One outer step in the ledger. */
export interface LedgerRow {
  /** Outer step, from 0. */
  readonly step: number;
  /** The request, with the evaluations. */
  readonly request: Uint8Array;
  /** The resulting score. */
  readonly score: Uint8Array;
}

export interface Ledger {
  /**
   * Appends a run's next step; false, without a change, if `row.step` is not the current number of steps.
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
