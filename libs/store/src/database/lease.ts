/**
 * The lease on a database: held by one process at a time, which alone may write. Its fencing token goes with every
 * write, so that a holder that was replaced without knowing changes nothing. Source: M. Kleppmann, How to do
 * distributed locking (2016).
 */

export interface Lease {
  /** The fencing token: higher than those of all holders before. At least 1. */
  readonly token: number;
  /** Aborts, with a UserError as its reason, when the lease is lost: another process may hold it from then on. */
  readonly lost: AbortSignal;
}

export interface AcquireOptions {
  /** Names this process to others that want the lease: "host:pid". */
  readonly holder: string;
  /** Ends the waiting; `acquire` rejects with its reason then. */
  readonly signal: AbortSignal;
  /** Called once, with the holder's name, when another process holds the lease and `acquire` waits for it. */
  readonly onWait?: (holder: string) => void;
}
