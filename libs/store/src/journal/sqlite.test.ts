import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { SqliteDatabase } from '../database/sqlite.js';
import type { RunDatabase } from './run-database.js';
import { openSqliteJournal } from './sqlite.js';
import { openSqliteLedger } from '../ledger/sqlite.js';
import { asHolder, journalConformance, run } from '../testing/journal-conformance.js';
import { killedWriter } from '../testing/killed-writer.js';
import { scratch } from '../testing/scratch.js';

journalConformance('SQLite', async (t) => {
  const file = join(await scratch(t), 'deep', 'journal.sqlite');
  return async () => {
    const journal = openSqliteJournal(file);
    t.after(() => journal.close());
    return journal;
  };
});

/** A journal in a new file. */
async function withJournal(t: test.TestContext): Promise<{ journal: RunDatabase; file: string }> {
  const file = join(await scratch(t), 'deep', 'journal.sqlite');
  const journal = openSqliteJournal(file);
  t.after(() => journal.close());
  return { journal, file };
}

test('a second opener, in this process or another, is refused until the first closes', async (t) => {
  const { journal, file } = await withJournal(t);
  const refused = {
    name: 'UserError',
    reason: 'FAILED_PRECONDITION',
    message: /^run journal .*: another process has it open; stop that one or choose another folder$/,
  };
  assert.throws(() => openSqliteJournal(file), refused);
  const module = new URL('./sqlite.js', import.meta.url).href;
  const script = `(await import(${JSON.stringify(module)})).openSqliteJournal(process.argv[1]).close()`;
  const other = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file], { timeout: 20_000 });
  await assert.rejects(other(), /another process has it open/);
  await journal.close();
  await other();
});

test('a killed writer loses nothing that it reported, and its lock is released', async (t) => {
  for (const delayMs of [0, 2, 5]) {
    const folder = await scratch(t);
    const reported = await killedWriter('journal', folder, 20, delayMs);
    const journal = openSqliteJournal(join(folder, 'journal.sqlite'));
    const names = await journal.journal('run').names();
    assert.ok(
      names.length >= reported && names.length <= reported + 1,
      `${names.length} entries, ${reported} reported`,
    );
    assert.deepEqual(
      names,
      names.map((_, i) => `step-${i}`),
    );
    await journal.close();
  }
});

test('a newer database, one of another component, and a file of another kind are refused, unchanged', async (t) => {
  const { journal, file } = await withJournal(t);
  await journal.insert(run('a'));
  await journal.close();
  assert.throws(() => openSqliteLedger(file), {
    reason: 'FAILED_PRECONDITION',
    message: /belongs to .* the run journal/,
  });
  const newer = SqliteDatabase.at(file, {
    component: 'run journal',
    migrations: ['', '', '', 'CREATE TABLE extra (x INTEGER)'],
  });
  newer.close();
  assert.throws(() => openSqliteJournal(file), {
    reason: 'FAILED_PRECONDITION',
    message: /written by a newer version of this software \(schema 4, this one supports 3\)/,
  });
  const text = join(await scratch(t), 'notes.txt');
  await writeFile(text, 'no database '.repeat(100));
  assert.throws(() => openSqliteJournal(text), {
    reason: 'DATA_LOSS',
    message: /is damaged or not a database/,
  });
});

test('a migration of an older database keeps its data', async (t) => {
  const file = join(await scratch(t), 'x.sqlite');
  const first = 'CREATE TABLE a (x INTEGER)';
  const old = SqliteDatabase.at(file, { component: 'x', migrations: [first] });
  old.run('INSERT INTO a VALUES (7)');
  old.close();
  const now = SqliteDatabase.at(file, {
    component: 'x',
    migrations: [first, 'ALTER TABLE a ADD COLUMN y INTEGER'],
  });
  assert.deepEqual(
    now.all('SELECT x, y FROM a').map(({ x, y }) => [x, y]),
    [[7, null]],
  );
  now.close();
});

test('a database from before there were kinds holds runs', async (t) => {
  const file = join(await scratch(t), 'coordinator.sqlite');
  const older = SqliteDatabase.at(file, {
    component: 'run journal',
    migrations: [
      `CREATE TABLE runs (
         id TEXT PRIMARY KEY, request BLOB NOT NULL, state INTEGER NOT NULL,
         failure TEXT NOT NULL, failure_reason TEXT NOT NULL, created_ms INTEGER NOT NULL
       ) STRICT;
       CREATE TABLE entries (
         sequence INTEGER PRIMARY KEY, run_id TEXT NOT NULL REFERENCES runs (id), name TEXT NOT NULL,
         value BLOB NOT NULL, UNIQUE (run_id, name)
       ) STRICT;`,
      'CREATE TABLE ownership (token INTEGER NOT NULL) STRICT; INSERT INTO ownership VALUES (6);',
    ],
  });
  const { id, request, createdMs } = run('a');
  older.run(`INSERT INTO runs VALUES (?, ?, 1, '', '', ?)`, id, request, createdMs);
  older.close();
  const journal = openSqliteJournal(file);
  assert.equal((await journal.acquire(asHolder())).token, 7);
  assert.deepEqual(await journal.list('run', '', 10), [run('a')]);
  await journal.close();
});

test('a transaction that fails changes nothing', async (t) => {
  const db = SqliteDatabase.at(join(await scratch(t), 'x.sqlite'), {
    component: 'x',
    migrations: ['CREATE TABLE a (x INTEGER)'],
  });
  const failing = () =>
    db.write(() => {
      db.run('INSERT INTO a VALUES (1)');
      throw new RangeError('half-way');
    });
  assert.throws(failing, RangeError);
  assert.deepEqual(db.all('SELECT * FROM a'), []);
  db.write(() => db.run('INSERT INTO a VALUES (2)'));
  assert.equal(db.all('SELECT * FROM a').length, 1);
  db.close();
});
