/**
 * The coordinator's database: its runs and comparisons with their states, and the journal of each: named, memoised
 * results.
 *
 * Values are bytes (protobuf messages of the caller); the store does not read them. Every write is one durable
 * transaction: it is on disk when the promise resolves. One machine: sqlite.ts; a cluster: postgres.ts. Not here:
 * what a step is, and fan-out (in the coordinator).
 */
import type { AcquireOptions, Lease } from '../database/lease.js';

/** A stored run, or another resource with the same life cycle. */
export interface StoredRun {
  /** Unique across all kinds. */
  readonly id: string;
  /** The caller's name for the kind of resource: RUN_KIND, or another. */
  readonly kind: string;
  /** The original request, encoded by the caller. */
  readonly request: Uint8Array;
  /** The state of the run, in the caller's numbering. */
  readonly state: number;
  /** Why it failed, in one line; empty otherwise. */
  readonly failure: string;
  readonly failureReason: string;
  /** Unix milliseconds. */
  readonly createdMs: number;
}

/** The kind of all resources in databases of earlier versions. */
export const RUN_KIND = 'run';

/** The journal of one run. Entries are written once and never change. */
export interface RunJournal {
  get(name: string): Promise<Uint8Array | undefined>;
  /**
   * Stores a value under a name. Storing the same value again changes nothing; another value under a used name is an
   * InvariantError: a memoised step gave a different result. UserError NOT_FOUND for an unknown run.
   */
  put(name: string, value: Uint8Array): Promise<void>;
  /** Values of all entries whose names start with `prefix`, in order of name (by code point). */
  values(prefix: string): Promise<Uint8Array[]>;
  /** Names of all entries, in the order of writing. */
  names(): Promise<string[]>;
}

/** Runs and their journals. Any process may read; only the holder of the lease may write. */
export interface RunDatabase {
  /**
   * Acquires the lease. From then on every write carries its fencing token and is refused, with FAILED_PRECONDITION,
   * once there is a higher one: a holder that was paused or cut off changes nothing after it was replaced. While
   * another process holds the lease, waits until it releases it, closes the database or dies.
   */
  acquire(options: AcquireOptions): Promise<Lease>;
  /** Inserts a new run; false if one with this id exists, which is not changed. */
  insert(run: StoredRun): Promise<boolean>;
  get(id: string): Promise<StoredRun | undefined>;
  /** Resources of a kind whose ids come after `afterId` ('' for the first page), in order of id. `limit` at least 1. */
  list(kind: string, afterId: string, limit: number): Promise<StoredRun[]>;
  /** UserError NOT_FOUND for an unknown run. */
  setState(id: string, state: number, failure: string, failureReason: string): Promise<void>;
  journal(id: string): RunJournal;
  /** Releases the lease. Idempotent. */
  close(): Promise<void>;
}
