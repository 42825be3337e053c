/**
 * The lease on a PostgreSQL database: a lock that is released when its holder dies, and a fencing token that outlives
 * it.
 *
 * The lock is a session-level advisory lock on its own connection. The server releases it when that connection ends:
 * within milliseconds after a process dies, and within about 15 s after a machine does (TCP keep-alive, set for this
 * session). The lock alone is not enough: a holder that is paused or cut off does not notice that it lost the lock.
 * So every holder raises the fencing token, and every write names its token and changes nothing if there is a higher
 * one. Source: lease.ts; PostgreSQL's manual, sections 13.3.5 and 20.3.2.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf, UserError } from '@soar/core';
import type { AcquireOptions, Lease } from './lease.js';
import {
  connectionConfig,
  explain,
  isUnavailable,
  LOCK_SPACE,
  LEASE_LOCK,
  type PostgresDatabase,
  type Row,
} from './postgres.js';

/** How often a waiting process tries to acquire the lock. */
const POLL_MS = 500;
/** How often a holder checks its connection, and the timeout of a check. */
const HEARTBEAT_MS = 1_000;
const HEARTBEAT_MS_MAX = 5_000;

/** A lease and the connection that holds it. */
export interface HeldLease extends Lease {
  /** Idempotent. */
  release(): Promise<void>;
}

/** Acquires the lease; waits as long as another process holds it, until `signal` aborts. */
export async function acquireLease(database: PostgresDatabase, options: AcquireOptions): Promise<HeldLease> {
  const { signal, onWait } = options;
  let reported = false;
  for (;;) {
    signal.throwIfAborted();
    const client = new pg.Client({ ...connectionConfig(database.url), query_timeout: HEARTBEAT_MS_MAX });
    const broken = new Promise<unknown>((resolve) =>
      client.once('error', resolve).once('end', () => resolve(undefined)),
    );
    try {
      await client.connect();
      // Lets the server detect a dead client machine; by default it takes two hours.
      await client.query(
        'SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3',
      );
      const { rows } = await client.query<Row>('SELECT pg_try_advisory_lock($1, $2) AS got', [
        LOCK_SPACE,
        LEASE_LOCK,
      ]);
      if (rows[0]!['got'] === true) return await hold(client, broken, options, database.where);
      if (!reported) {
        const found = await client.query<Row>('SELECT holder FROM soar.ownership');
        onWait?.(String(found.rows[0]?.['holder'] ?? 'another process'));
        reported = true;
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      // A process that is already waiting keeps waiting, also through a restart of the server.
      if (!reported || !isUnavailable(error)) throw explain(error, database.where);
    }
    await client.end().catch(() => undefined);
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function hold(
  client: pg.Client,
  broken: Promise<unknown>,
  { holder, above = 0 }: AcquireOptions,
  where: string,
): Promise<HeldLease> {
  const raised = await client.query<Row>(
    'UPDATE soar.ownership SET token = GREATEST(token, $2) + 1, holder = $1 RETURNING token',
    [holder, above],
  );
  const token = Number(raised.rows[0]!['token']);
  const lost = new AbortController();
  const lose = (why: string): void => {
    clearInterval(heart);
    if (lost.signal.aborted) return;
    const message = `${where}: the lease on this store is lost (${why}); work on it stops until it is regained`;
    lost.abort(new UserError(message, 'UNAVAILABLE', 'store'));
    client.end().catch(() => undefined);
  };
  let beating = false;
  const heart = setInterval(() => {
    if (beating) return;
    beating = true;
    client
      .query('SELECT 1')
      .then(() => (beating = false))
      .catch((error: unknown) => lose(messageOf(error)));
  }, HEARTBEAT_MS);
  heart.unref();
  void broken.then((error) => lose(error === undefined ? 'its connection ended' : messageOf(error)));
  return {
    token,
    lost: lost.signal,
    release: async () => {
      clearInterval(heart);
      await client.end().catch(() => undefined);
    },
  };
}
