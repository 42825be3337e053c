/**
 * What a coordinator keeps: its runs and comparisons, where each stands, and each one's journal of named, memoised
 * results.
 *
 * Values are bytes (protobuf messages of the caller); the store does not read them. Every write is one durable
 * transaction: it is on the disk when the promise settles. One machine: sqlite.ts; a cluster: postgres.ts. Not here:
 * what a step is, fan-out (the coordinator's).
 */
import type { AcquireOptions, Lease } from '../database/lease.js';

/** A run, or another resource that is worked on as runs are, as it is stored. */
export interface StoredRun {
  /** Unique over all kinds. */
  readonly id: string;
  /** What it is, in the caller's words: RUN_KIND, or another. */
  readonly kind: string;
  /** The request as it came, encoded by the caller. */
  readonly request: Uint8Array;
  /** The caller's number for where the run stands. */
  readonly state: number;
  /** Why it failed, in one line; empty otherwise. */
  readonly failure: string;
  readonly failureReason: string;
  /** Unix milliseconds. */
  readonly createdMs: number;
}

/** The kind of what databases of earlier versions hold. */
export const RUN_KIND = 'run';

/** The journal of one run. Entries are written once and never change. */
export interface RunJournal {
  get(name: string): Promise<Uint8Array | undefined>;
  /**
   * Keeps a value under a name. The same value again changes nothing; another value under a known name is an
   * InvariantError: a memoised step came out differently. UserError NOT_FOUND when there is no such run.
   */
  put(name: string, value: Uint8Array): Promise<void>;
  /** Values of all entries whose names start with `prefix`, in order of name (by code point). */
  values(prefix: string): Promise<Uint8Array[]>;
  /** Names of all entries, in the order in which they were written. */
  names(): Promise<string[]>;
}

/** Runs and their journals. Everyone may read; the process that holds the lease writes. */
export interface RunDatabase {
  /**
   * Acquires the lease. Every write from then on carries its fencing token and is refused, with FAILED_PRECONDITION,
   * once there is a higher one, so that a holder that was paused or cut off changes nothing after it was replaced.
   * Where another process holds the lease, waits until that one has released it, closed or died.
   */
  acquire(options: AcquireOptions): Promise<Lease>;
  /** Keeps a new run; false when there is one of this id, which stays as it is. */
  insert(run: StoredRun): Promise<boolean>;
  get(id: string): Promise<StoredRun | undefined>;
  /** Those of a kind whose ids come after `afterId` ('' from the first), in order of id. `limit` at least 1. */
  list(kind: string, afterId: string, limit: number): Promise<StoredRun[]>;
  /** UserError NOT_FOUND when there is no such run. */
  setState(id: string, state: number, failure: string, failureReason: string): Promise<void>;
  journal(id: string): RunJournal;
  /** Releases the lease. Idempotent. */
  close(): Promise<void>;
}
