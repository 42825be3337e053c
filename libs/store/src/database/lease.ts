/**
 * The lease on a database: one process holds it at a time, and only the holder may write. Its fencing token goes with
 * every write, so that a holder that was replaced without knowing it changes nothing. Source: M. Kleppmann, How to do
 * distributed locking (2016).
 */

export interface Lease {
  /** The fencing token: higher than those of all earlier holders. At least 1. */
  readonly token: number;
  /** Aborts, with a UserError as its reason, when the lease is lost: another process may then acquire it. */
  readonly lost: AbortSignal;
}

export interface AcquireOptions {
  /** Name of this process, shown to others that wait for the lease: "host:pid". */
  readonly holder: string;
  /** Ends the wait; `acquire` then rejects with its reason. */
  readonly signal: AbortSignal;
  /**
   * The token becomes higher than this too: the highest that artifacts were written under. A database that was lost and
   * made again would otherwise begin below it. Default 0.
   */
  readonly above?: number;
  /** Called once, with the holder's name, when another process holds the lease and `acquire` waits for it. */
  readonly onWait?: (holder: string) => void;
}
