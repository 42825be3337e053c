/**
 * Access to a PostgreSQL database: a versioned schema for each component, statements that are retried while the
 * server is briefly unavailable, one clear error for each kind of failure.
 *
 * The tables are in the schema `soar` of the database. Each component ("run journal", "reward ledger") has its own
 * version: a newer one is refused, an older one is migrated in one transaction, under a lock, because several
 * processes may start at once. Each statement is a durable transaction of its own. All statements are idempotent, so
 * one whose connection broke is repeated, even though its first attempt may have succeeded. Not here: who may write
 * (postgres-lease.ts). Error codes: appendix A of PostgreSQL's manual.
 */
import pg from 'pg';
import { InvariantError, messageOf, retry, type RetryPolicy, UserError } from '@soar/core';
import type { Schema } from './schema.js';

const CONNECTIONS_MAX = 8;
const CONNECT_MS_MAX = 5_000;
/** Timeout of one statement; each touches only a few rows. */
const STATEMENT_MS_MAX = 30_000;
/** Retries of a statement while the server is unavailable. */
const RETRY_POLICY = { attemptsMax: 100, silenceMsMax: 15_000, firstWaitMs: 50, waitMsMax: 1_000 };

export type Row = Readonly<Record<string, unknown>>;

/** Settings of a connection; `keepAlive` detects a dead server machine. */
export function connectionConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'soar',
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: STATEMENT_MS_MAX,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  };
}

/** `url` for display: without user, password and settings. */
function shownUrl(url: string): string {
  try {
    const { host, pathname, searchParams } = new URL(url);
    return `postgres://${host || (searchParams.get('host') ?? '')}${pathname}`;
  } catch {
    return 'postgres://...';
  }
}

export class PostgresDatabase {
  private readonly pool: pg.Pool;
  private closed = false;

  private constructor(
    readonly url: string,
    /** Prefix of messages. */
    readonly where: string,
  ) {
    this.pool = new pg.Pool({ ...connectionConfig(url), max: CONNECTIONS_MAX });
    // An idle connection that breaks is replaced by the next statement.
    this.pool.on('error', () => undefined);
  }

  /** Connects and migrates the component's tables. Throws UserError, after which nothing is changed. */
  static async at(url: string, schema: Schema): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, `${schema.component} ${shownUrl(url)}`);
    try {
      await database.migrate(schema);
      return database;
    } catch (error) {
      await database.close();
      throw explain(error, database.where);
    }
  }

  /** Runs one statement; `until` ends its retries. Throws UserError for what the user can fix. */
  async query(
    sql: string,
    values: readonly unknown[] = [],
    until?: AbortSignal,
  ): Promise<pg.QueryResult<Row>> {
    const policy: RetryPolicy = {
      ...RETRY_POLICY,
      isTransient: (error) => !this.closed && isUnavailable(error),
      ...(until === undefined ? {} : { signal: until }),
    };
    until?.throwIfAborted();
    try {
      return await retry(policy, () => this.pool.query<Row>(sql, [...values]));
    } catch (error) {
      if (this.closed) throw new InvariantError(`${this.where}: used after it was closed`);
      throw explain(error, this.where);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.pool.end();
  }

  private async migrate({ component, migrations }: Schema): Promise<void> {
    const client = await this.pool.connect();
    try {
      const { server_encoding: encoding } = (await client.query<Row>('SHOW server_encoding')).rows[0]!;
      if (encoding !== 'UTF8') {
        const message = `${this.where}: the database has the encoding ${String(encoding)}; create one with UTF8`;
        throw new UserError(message, 'FAILED_PRECONDITION', 'store');
      }
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, MIGRATION_LOCK]);
      const version = await versionOf(client, component);
      if (version > migrations.length) {
        const message =
          `${this.where}: written by a newer version of this software (schema ${version}, this one supports ` +
          `${migrations.length}); update the software or choose another database`;
        throw new UserError(message, 'FAILED_PRECONDITION', 'store');
      }
      if (version < migrations.length) {
        await client.query('CREATE SCHEMA IF NOT EXISTS soar');
        await client.query(
          'CREATE TABLE IF NOT EXISTS soar.components (component text PRIMARY KEY, version integer NOT NULL)',
        );
        for (const sql of migrations.slice(version)) await client.query(sql);
        await client.query(
          'INSERT INTO soar.components VALUES ($1, $2) ON CONFLICT (component) DO UPDATE SET version = $2',
          [component, migrations.length],
        );
      }
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // Closes the connection, which rolls the transaction back.
      client.release(true);
      throw error;
    }
  }
}

/** Keys of the advisory locks: 'SOAR' in ASCII, and which lock. */
export const LOCK_SPACE = 0x534f4152;
const MIGRATION_LOCK = 1;
export const LEASE_LOCK = 2;

async function versionOf(client: pg.PoolClient, component: string): Promise<number> {
  const table = await client.query<Row>("SELECT to_regclass('soar.components') AS name");
  if (table.rows[0]!['name'] === null) return 0;
  const found = await client.query<Row>('SELECT version FROM soar.components WHERE component = $1', [
    component,
  ]);
  return Number(found.rows[0]?.['version'] ?? 0);
}

/** A copy of a bytea column; the driver returns views into its buffer. */
export function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new InvariantError(`postgres: expected bytea, got ${typeof value}`);
  return new Uint8Array(value);
}

/** The SQLSTATE of an error from the server; undefined for client-side errors. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * Whether the server is unavailable: unreachable, starting, stopping or out of connections. It may soon be back.
 */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^(?:08|57P|53300)/.test(state);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|ENOENT)$/.test(
      code,
    ) ||
    /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable/i.test(
      messageOf(error),
    )
  );
}

/** An error of the driver or the server as a UserError; any other unchanged. */
export function explain(error: unknown, where: string): unknown {
  if (error instanceof UserError || error instanceof InvariantError) return error;
  const refused = (what: string, reason: 'FAILED_PRECONDITION' | 'UNAVAILABLE' | 'RESOURCE_EXHAUSTED') =>
    new UserError(`${where}: ${what}`, reason, 'store', { cause: error });
  const state = sqlState(error);
  if (state === '28P01' || state === '28000')
    return refused(
      `the login is refused (${messageOf(error)}); check user and password`,
      'FAILED_PRECONDITION',
    );
  if (state === '3D000')
    return refused(
      'the database does not exist on this server; create it with createdb',
      'FAILED_PRECONDITION',
    );
  if (state === '42501')
    return refused(
      `a privilege is missing (${messageOf(error)}); docs/deploying.md lists the ones needed`,
      'FAILED_PRECONDITION',
    );
  if (state === '25006') return refused('the server is read only; name the primary', 'FAILED_PRECONDITION');
  if (state?.startsWith('53') === true && state !== '53300')
    return refused(
      `the server is out of space (${messageOf(error)}); make room and try again`,
      'RESOURCE_EXHAUSTED',
    );
  if (isUnavailable(error))
    return refused(`cannot be reached (${reachOf(error)}); is PostgreSQL running there?`, 'UNAVAILABLE');
  if (state === undefined && /SSL|certificate|self.signed/i.test(messageOf(error)))
    return refused(
      `no TLS connection (${messageOf(error)}); see sslmode and sslrootcert`,
      'FAILED_PRECONDITION',
    );
  return error;
}

/** Node joins the errors of several addresses into one without a message. */
function reachOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
}
