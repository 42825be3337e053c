/**
 * A PostgreSQL database as this software uses it: a versioned schema for each component, statements that outlast a
 * short absence of the server, one clear error for each way to fail.
 *
 * The tables stand in the schema `soar` of the database that the location names. Components ("run journal", "reward
 * ledger") have versions of their own: a newer one is refused, an older one is brought up in one transaction, which
 * processes that start at the same time take turns at. Statements run by themselves, each a durable transaction; all of
 * them may be repeated, so one whose connection broke is (its first attempt may have been done). Not here: who may
 * write (postgres-lease.ts). Error codes: appendix A of PostgreSQL's manual.
 */
import pg from 'pg';
import { InvariantError, messageOf, retry, type RetryPolicy, UserError } from '@soar/core';
import type { Schema } from './schema.js';

const CONNECTIONS_MAX = 8;
const CONNECT_MS_MAX = 5_000;
/** Longest run of one statement; all of them touch a few rows. */
const STATEMENT_MS_MAX = 30_000;
/** A statement is repeated while the server cannot be reached, for so long. */
const RETRY_POLICY = { attemptsMax: 100, silenceMsMax: 15_000, firstWaitMs: 50, waitMsMax: 1_000 };

export type Row = Readonly<Record<string, unknown>>;

/** How a connection is made; `keepAlive` lets a machine that vanished be noticed. */
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

/** `url` as it may be shown: without user, password and settings. */
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
    /** What messages begin with. */
    readonly where: string,
  ) {
    this.pool = new pg.Pool({ ...connectionConfig(url), max: CONNECTIONS_MAX });
    // A connection that breaks while nobody uses it is replaced by the next statement.
    this.pool.on('error', () => undefined);
  }

  /** Connects and brings the component's tables up. Throws UserError; nothing is changed then. */
  static async at(url: string, schema: Schema): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, `${schema.component} ${shownUrl(url)}`);
    try {
      await database.bringUp(schema);
      return database;
    } catch (error) {
      await database.close();
      throw explain(error, database.where);
    }
  }

  /** Runs one statement; `until` ends the repeating. Throws UserError for what the user can mend. */
  async query(
    sql: string,
    values: readonly unknown[] = [],
    until?: AbortSignal,
  ): Promise<pg.QueryResult<Row>> {
    const policy: RetryPolicy = {
      ...RETRY_POLICY,
      isTransient: (error) => !this.closed && isAway(error),
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

  private async bringUp({ component, migrations }: Schema): Promise<void> {
    const client = await this.pool.connect();
    try {
      const { server_encoding: encoding } = (await client.query<Row>('SHOW server_encoding')).rows[0]!;
      if (encoding !== 'UTF8') {
        const message = `${this.where}: the database has the encoding ${String(encoding)}; make one with UTF8`;
        throw new UserError(message, 'FAILED_PRECONDITION', 'store');
      }
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, MIGRATION_LOCK]);
      const version = await versionOf(client, component);
      if (version > migrations.length) {
        const message =
          `${this.where}: written by a newer version of this software (schema ${version}, this one knows ` +
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
      // The connection goes with whatever it had begun.
      client.release(true);
      throw error;
    }
  }
}

/** Advisory locks of this software: 'SOAR' in ASCII, and what is locked. */
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

/** A bytea column as bytes in memory of their own; the driver gives views into what it has read. */
export function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new InvariantError(`postgres: expected bytea, got ${typeof value}`);
  return new Uint8Array(value);
}

/** The five letters that PostgreSQL names an error by; undefined for errors on this side. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * Whether the server could not be reached, or is starting, stopping or out of connections: it may be there in a moment.
 */
export function isAway(error: unknown): boolean {
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

/** An error of the driver or the server as what the user can mend; any other as it is. */
export function explain(error: unknown, where: string): unknown {
  if (error instanceof UserError || error instanceof InvariantError) return error;
  const refused = (what: string, reason: 'FAILED_PRECONDITION' | 'UNAVAILABLE' | 'RESOURCE_EXHAUSTED') =>
    new UserError(`${where}: ${what}`, reason, 'store', { cause: error });
  const state = sqlState(error);
  if (state === '28P01' || state === '28000')
    return refused(
      `the server does not let this user in (${messageOf(error)}); check user and password`,
      'FAILED_PRECONDITION',
    );
  if (state === '3D000')
    return refused('there is no such database on this server; make it with createdb', 'FAILED_PRECONDITION');
  if (state === '42501')
    return refused(
      `a permission is missing (${messageOf(error)}); see docs/deploying.md for what is needed`,
      'FAILED_PRECONDITION',
    );
  if (state === '25006') return refused('the server is read only; name the primary', 'FAILED_PRECONDITION');
  if (state?.startsWith('53') === true && state !== '53300')
    return refused(
      `the server is out of space (${messageOf(error)}); make room and try again`,
      'RESOURCE_EXHAUSTED',
    );
  if (isAway(error))
    return refused(`cannot be reached (${reachOf(error)}); is PostgreSQL running there?`, 'UNAVAILABLE');
  if (state === undefined && /SSL|certificate|self.signed/i.test(messageOf(error)))
    return refused(
      `no TLS connection (${messageOf(error)}); see sslmode and sslrootcert`,
      'FAILED_PRECONDITION',
    );
  return error;
}

/** Node joins the failures of several addresses into one error without a message. */
function reachOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
}
