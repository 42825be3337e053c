/**
 * An SQLite database of one process: durable commits, a versioned schema, one clear error for each kind of failure.
 *
 * WAL with synchronous=FULL syncs every commit. EXCLUSIVE locking holds the operating system's lock from the first
 * transaction until the process closes the database or dies; a second process is refused. The database belongs to one
 * component ("run journal", "reward ledger") at one version: a newer one is refused, an older one is migrated in one
 * transaction. Source: sqlite.org/wal.html, pragma.html.
 */
import Database from 'libsql';
import { dirname } from 'node:path';
import { invariant, messageOf, UserError } from '@soar/core';
import { asUserError, makeFolders } from '@soar/files';
import type { Schema } from './schema.js';

/** How long a starting process waits for its predecessor to release the lock. */
const LOCK_WAIT_MS = 2_000;

export type Row = Readonly<Record<string, unknown>>;

/** A copy of a blob column; libsql returns a Buffer for one row and ArrayBuffers for many. */
export function blob(value: unknown): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  invariant(value instanceof Uint8Array, () => `database: expected a blob, got ${typeof value}`);
  return new Uint8Array(value);
}

/** An open database. Statements are prepared once. */
export class SqliteDatabase {
  private readonly statements = new Map<string, Database.Statement>();
  private open = true;

  private constructor(
    private readonly db: Database.Database,
    private readonly where: string,
  ) {}

  /**
   * Opens or creates the database in `file`. Throws UserError: FAILED_PRECONDITION when another process has it open,
   * when it is newer than this software or belongs to another component; DATA_LOSS when it is not a database.
   */
  static at(file: string, schema: Schema): SqliteDatabase {
    const where = `${schema.component} ${file}`;
    let db: Database.Database | undefined;
    try {
      makeFolders(dirname(file));
      db = new Database(file, { timeout: LOCK_WAIT_MS });
      db.pragma('locking_mode = EXCLUSIVE');
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      const opened = new SqliteDatabase(db, where);
      opened.write(() => migrate(opened, schema, where));
      return opened;
    } catch (error) {
      if (db !== undefined) release(db);
      throw explain(error, where);
    }
  }

  /** Runs one statement; returns the number of rows it changed. */
  run(sql: string, ...values: unknown[]): number {
    return this.explained(() => this.statement(sql).run(values).changes);
  }

  get(sql: string, ...values: unknown[]): Row | undefined {
    return this.explained(() => this.statement(sql).get(values) as Row | undefined);
  }

  all(sql: string, ...values: unknown[]): Row[] {
    return this.explained(() => this.statement(sql).all(values) as Row[]);
  }

  /** One durable transaction: all of `work`'s statements or none. `work` is synchronous. */
  write<T>(work: () => T): T {
    return this.explained(() => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.db.exec('COMMIT');
        return result;
      } catch (error) {
        // SQLite itself may have rolled back (a full disk); the first error is the one to report.
        if (this.db.inTransaction) this.db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Runs several statements that return nothing. */
  execute(sql: string): void {
    this.explained(() => this.db.exec(sql));
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.statements.clear();
    release(this.db);
  }

  private statement(sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) this.statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }

  private explained<T>(work: () => T): T {
    invariant(this.open, `${this.where}: used after it was closed`);
    try {
      return work();
    } catch (error) {
      throw explain(error, this.where);
    }
  }
}

/**
 * Closes a database and releases its lock. libsql closes the file only once the last prepared statement is garbage
 * collected, so the lock is released first, by leaving WAL and then the EXCLUSIVE mode.
 */
function release(db: Database.Database): void {
  try {
    db.pragma('journal_mode = DELETE');
    db.pragma('locking_mode = NORMAL');
    db.exec('SELECT count(*) FROM sqlite_schema');
  } catch {
    // It never had the lock, or the disk fails. The end of the process releases the lock in any case.
  }
  db.close();
}

function migrate(db: SqliteDatabase, { component, migrations }: Schema, where: string): void {
  db.execute('CREATE TABLE IF NOT EXISTS schema (component TEXT NOT NULL, version INTEGER NOT NULL) STRICT');
  const found = db.get('SELECT component, version FROM schema');
  if (found !== undefined && found['component'] !== component) {
    const other = String(found['component']);
    const message = `${where}: the file belongs to another component, the ${other}; name another file`;
    throw new UserError(message, 'FAILED_PRECONDITION', 'store');
  }
  const version = Number(found?.['version'] ?? 0);
  if (version > migrations.length) {
    const message =
      `${where}: written by a newer version of this software (schema ${version}, this one supports ` +
      `${migrations.length}); update the software or choose another folder`;
    throw new UserError(message, 'FAILED_PRECONDITION', 'store');
  }
  for (const sql of migrations.slice(version)) db.execute(sql);
  if (found === undefined) db.run('INSERT INTO schema VALUES (?, ?)', component, migrations.length);
  else if (version < migrations.length) db.run('UPDATE schema SET version = ?', migrations.length);
}

/** An error of SQLite as a UserError; any other unchanged. */
function explain(error: unknown, where: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const refused = (what: string, reason: 'FAILED_PRECONDITION' | 'DATA_LOSS' | 'RESOURCE_EXHAUSTED') =>
    new UserError(`${where}: ${what}`, reason, 'store', { cause: error });
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return refused(
      'another process has it open; stop that one or choose another folder',
      'FAILED_PRECONDITION',
    );
  }
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    return refused('is damaged or not a database; restore it from a copy or move it away', 'DATA_LOSS');
  }
  if (code.startsWith('SQLITE_FULL')) {
    return refused('the disk is full; make room and try again', 'RESOURCE_EXHAUSTED');
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|IOERR)/.test(code) || messageOf(error).includes('ConnectionFailed')) {
    const what = `cannot be opened or written (${messageOf(error)}); check the path and its permissions`;
    return refused(what, 'FAILED_PRECONDITION');
  }
  return asUserError(error, where);
}
