/**
 * Runs, journals and ledger in memory, behind the interfaces of @soar/store. Like a database server, the store
 * outlives its clients, refuses writes under old leases, and may fail a statement. Pending statements of a dead
 * client never settle.
 */
import { InvariantError, UserError } from '@soar/core';
import type { AcquireOptions, Lease, Ledger, LedgerRow, RunDatabase, StoredRun } from '@soar/store';
import { setTimeout as sleep } from 'node:timers/promises';

/** The server's state. */
export class MemoryStore {
  readonly runs = new Map<string, StoredRun>();
  readonly entries = new Map<string, Map<string, Uint8Array>>();
  readonly rows = new Map<string, LedgerRow[]>();
  token = 0;
  owner: MemoryRunDatabase | undefined;
  /** Whether writes are checked against the fencing token. Without the check, the simulation must find an error. */
  fencing = true;
  /** Decides whether a statement fails, and whether before or after it takes effect. */
  fate: () => 'done' | 'failed before' | 'failed after' = () => 'done';

  /** Runs one statement of a client. */
  async statement<T>(isAlive: () => boolean, work: () => T): Promise<T> {
    await sleep(1);
    if (!isAlive()) return new Promise<T>(() => undefined);
    const fate = this.fate();
    const broken = new UserError('store: the connection broke', 'UNAVAILABLE', 'store');
    if (fate === 'failed before') throw broken;
    const result = work();
    if (fate === 'failed after') throw broken;
    return result;
  }
}

/** A coordinator's connection to the store. */
export class MemoryRunDatabase implements RunDatabase {
  /** The process is dead: none of its statements settles any more. */
  dead = false;
  private token = 0;
  private lost = new AbortController();

  constructor(private readonly store: MemoryStore) {}

  async acquire({ signal, onWait, above = 0 }: AcquireOptions): Promise<Lease> {
    const { store } = this;
    let reported = false;
    while (store.owner !== undefined && store.owner !== this) {
      if (!reported) onWait?.('another');
      reported = true;
      await sleep(500, undefined, { signal });
      if (this.dead) return new Promise<Lease>(() => undefined);
    }
    store.owner = this;
    this.token = store.token = Math.max(store.token, above) + 1;
    this.lost = new AbortController();
    return { token: this.token, lost: this.lost.signal };
  }

  /** The server considers this client dead and releases its lease; the client is notified later, or never. */
  expire(): void {
    if (this.store.owner === this) this.store.owner = undefined;
  }

  notifyLoss(): void {
    this.lost.abort(new UserError('store: the lease on this store is lost', 'UNAVAILABLE', 'store'));
  }

  insert(run: StoredRun): Promise<boolean> {
    return this.write(() => {
      if (this.store.runs.has(run.id)) return false;
      this.store.runs.set(run.id, run);
      this.store.entries.set(run.id, new Map());
      return true;
    });
  }

  get(id: string): Promise<StoredRun | undefined> {
    return this.read(() => this.store.runs.get(id));
  }

  list(kind: string, afterId: string, limit: number): Promise<StoredRun[]> {
    const isWanted = (run: StoredRun): boolean => run.kind === kind && run.id > afterId;
    return this.read(() => [...this.store.runs.values()].filter(isWanted).slice(0, limit));
  }

  setState(id: string, state: number, failure: string, failureReason: string): Promise<void> {
    return this.write(() => {
      const run = this.store.runs.get(id);
      if (run === undefined) throw new UserError(`run ${id} does not exist`, 'NOT_FOUND');
      this.store.runs.set(id, { ...run, state, failure, failureReason });
    });
  }

  journal(id: string): ReturnType<RunDatabase['journal']> {
    const entries = (): Map<string, Uint8Array> => this.store.entries.get(id)!;
    return {
      get: (name) => this.read(() => entries().get(name)),
      put: (name, value) =>
        this.write(() => {
          const kept = entries().get(name);
          if (kept !== undefined && Buffer.compare(kept, value) !== 0)
            throw new InvariantError(`journal: entry ${name} would change`);
          entries().set(name, value);
        }),
      values: (prefix) =>
        this.read(() =>
          [...entries()]
            .filter(([name]) => name.startsWith(prefix))
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([, value]) => value),
        ),
      names: () => this.read(() => [...entries().keys()]),
    };
  }

  async close(): Promise<void> {
    this.expire();
  }

  /** One statement, retried while its connection breaks. */
  private async read<T>(work: () => T): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.store.statement(() => !this.dead, work);
      } catch (error) {
        if (!(error instanceof UserError) || error.reason !== 'UNAVAILABLE' || tries >= 20) throw error;
        await sleep(100);
      }
    }
  }

  private write<T>(work: () => T): Promise<T> {
    return this.read(() => {
      if (this.store.fencing && this.token !== this.store.token)
        throw new UserError(
          'store: another has taken this store over; nothing was written',
          'FAILED_PRECONDITION',
          'store',
        );
      return work();
    });
  }
}

export class MemoryLedger implements Ledger {
  constructor(private readonly store: MemoryStore) {}

  async append(runId: string, row: LedgerRow): Promise<boolean> {
    const rows = this.store.rows.get(runId) ?? [];
    if (rows.length !== row.step) return false;
    this.store.rows.set(runId, [...rows, row]);
    return true;
  }

  async steps(runId: string): Promise<number> {
    return this.store.rows.get(runId)?.length ?? 0;
  }

  async get(runId: string, step: number): Promise<LedgerRow | undefined> {
    return this.store.rows.get(runId)?.[step];
  }

  async list(runId: string, firstStep: number, limit: number): Promise<LedgerRow[]> {
    return (this.store.rows.get(runId) ?? []).slice(firstStep, firstStep + limit);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
