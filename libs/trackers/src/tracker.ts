/**
 * A tracker that a run is reported to: opened for one run, given records in their order, and closed. It may have been
 * opened for the same run before, by a process that was killed: then it goes on behind what it holds.
 */
import type { Dated, RunRecord } from './records/record.js';

/** How a run stands when nothing more is reported of it. */
export interface Ending {
  /** `open`: it goes on without this process, or can be resumed. */
  readonly state: 'succeeded' | 'failed' | 'cancelled' | 'open';
  /** report.json as text. */
  readonly report: string;
}

/** What is said to the user in the end. */
export interface Reported {
  /** A file, a folder or a page. */
  readonly place: string;
  readonly what: string;
  /** For machines: artifacts, ids. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface Tracker {
  /** What it has already is left out. After an error, those that were not written may be given again. */
  write(items: readonly Dated[]): Promise<void>;
  close(ending: Ending): Promise<Reported>;
}

/** Opens a tracker for a run. `signal` ends waits for servers. */
export type OpenTracker = (head: RunRecord, signal: AbortSignal) => Promise<Tracker>;
