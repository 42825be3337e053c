import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { OwnedDatabase } from './database.js';
import type { RunDatabase, StoredRun } from './journal.js';
import { openSqliteJournal } from './sqlite-journal.js';
import { openSqliteLedger } from './sqlite-ledger.js';
import { killedWriter } from './testing/killed-writer.js';
import { scratch } from './testing/scratch.js';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const run = (id: string): StoredRun => ({
  id,
  request: bytes(`request of ${id}`),
  state: 1,
  failure: '',
  failureReason: '',
  createdMs: 1_800_000_000_123,
});

/** A journal in a file of its own. `again` closes it and opens it anew, as a restarted process does. */
async function withJournal(
  t: test.TestContext,
): Promise<{ journal: RunDatabase; file: string; again: () => RunDatabase }> {
  const file = join(await scratch(t), 'deep', 'journal.sqlite');
  let journal = openSqliteJournal(file);
  t.after(() => journal.close());
  return {
    journal,
    file,
    again: () => {
      journal.close();
      journal = openSqliteJournal(file);
      return journal;
    },
  };
}

test('a run is kept as it came, and the first of an id stays', async (t) => {
  const { journal, again } = await withJournal(t);
  assert.equal(await journal.insert(run('a')), true);
  assert.equal(await journal.insert({ ...run('a'), state: 4 }), false);
  assert.deepEqual(await again().get('a'), run('a'));
  assert.equal(await journal.get('b').catch(() => 'closed'), 'closed');
});

test('runs are listed by id, page by page', async (t) => {
  const { journal } = await withJournal(t);
  for (const id of ['c', 'a', 'b-2', 'b-10']) await journal.insert(run(id));
  const ids = async (after: string, limit: number) => (await journal.list(after, limit)).map(({ id }) => id);
  assert.deepEqual(await ids('', 2), ['a', 'b-10']);
  assert.deepEqual(await ids('b-10', 2), ['b-2', 'c']);
  assert.deepEqual(await ids('c', 2), []);
});

test('a state outlives the process; one of an unknown run is NOT_FOUND', async (t) => {
  const { journal, again } = await withJournal(t);
  await journal.insert(run('a'));
  await journal.setState('a', 4, 'trainer: gone', 'UNAVAILABLE');
  const found = await again().get('a');
  assert.deepEqual(found, { ...run('a'), state: 4, failure: 'trainer: gone', failureReason: 'UNAVAILABLE' });
  await assert.rejects(again().setState('x', 1, '', ''), { reason: 'NOT_FOUND' });
});

test('entries are written once: the same value changes nothing, another is a broken invariant', async (t) => {
  const { journal, again } = await withJournal(t);
  await journal.insert(run('a'));
  await journal.journal('a').put('step-0', bytes('v'));
  await journal.journal('a').put('step-0', bytes('v'));
  await journal.journal('a').put('empty', bytes(''));
  const rest = again().journal('a');
  await assert.rejects(rest.put('step-0', bytes('w')), {
    name: 'InvariantError',
    message: /run a: entry step-0/,
  });
  assert.deepEqual(await rest.get('step-0'), bytes('v'));
  assert.deepEqual(await rest.get('empty'), bytes(''));
  assert.equal(await rest.get('step-1'), undefined);
  await assert.rejects(again().journal('x').put('step-0', bytes('v')), { reason: 'NOT_FOUND' });
});

test('values of a prefix come in order of name, names in order of writing', async (t) => {
  const { journal } = await withJournal(t);
  for (const id of ['a', 'b']) await journal.insert(run(id));
  const a = journal.journal('a');
  for (const name of ['report/b', 'report/a', 'Report/x', 'report%', 'report/\u{1f600}', 'other']) {
    await a.put(name, bytes(name));
  }
  await journal.journal('b').put('report/c', bytes('of b'));
  const texts = async (prefix: string) =>
    (await a.values(prefix)).map((value) => Buffer.from(value).toString());
  assert.deepEqual(await texts('report/'), ['report/a', 'report/b', 'report/\u{1f600}']);
  assert.deepEqual((await texts('')).length, 6);
  assert.deepEqual((await a.names()).slice(0, 3), ['report/b', 'report/a', 'Report/x']);
});

test('values are bytes of their own, whatever view they came in', async (t) => {
  const { journal } = await withJournal(t);
  await journal.insert(run('a'));
  const whole = Uint8Array.from([1, 2, 3, 4, 5]);
  await journal.journal('a').put('view', whole.subarray(1, 4));
  const got = await journal.journal('a').get('view');
  assert.deepEqual(got, Uint8Array.from([2, 3, 4]));
  assert.equal(got!.buffer.byteLength, 3);
});

test('a second owner is refused, in this process and in another, and let in after the first', async (t) => {
  const { journal, file } = await withJournal(t);
  const refused = {
    name: 'UserError',
    reason: 'FAILED_PRECONDITION',
    message: /^run journal .*: another process has it open; stop that one or choose another folder$/,
  };
  assert.throws(() => openSqliteJournal(file), refused);
  const module = new URL('./sqlite-journal.js', import.meta.url).href;
  const script = `(await import(${JSON.stringify(module)})).openSqliteJournal(process.argv[1]).close()`;
  const other = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file], { timeout: 20_000 });
  await assert.rejects(other(), /another process has it open/);
  journal.close();
  await other();
});

test('a writer that is killed loses nothing that it told of and lets go of the database', async (t) => {
  for (const delayMs of [0, 2, 5]) {
    const folder = await scratch(t);
    const told = await killedWriter('journal', folder, 20, delayMs);
    const journal = openSqliteJournal(join(folder, 'journal.sqlite'));
    const names = await journal.journal('run').names();
    assert.ok(names.length >= told && names.length <= told + 1, `${names.length} entries, ${told} told`);
    assert.deepEqual(
      names,
      names.map((_, i) => `step-${i}`),
    );
    journal.close();
  }
});

test('a database of a newer version, of another component, and a file that is none, are refused unchanged', async (t) => {
  const { journal, file } = await withJournal(t);
  await journal.insert(run('a'));
  journal.close();
  assert.throws(() => openSqliteLedger(file), {
    reason: 'FAILED_PRECONDITION',
    message: /belongs to .* the run journal/,
  });
  const newer = OwnedDatabase.at(file, {
    component: 'run journal',
    migrations: ['', 'CREATE TABLE extra (x INTEGER)'],
  });
  newer.close();
  assert.throws(() => openSqliteJournal(file), {
    reason: 'FAILED_PRECONDITION',
    message: /written by a newer version of this software \(schema 2, this one knows 1\)/,
  });
  const text = join(await scratch(t), 'notes.txt');
  await writeFile(text, 'no database '.repeat(100));
  assert.throws(() => openSqliteJournal(text), { reason: 'DATA_LOSS', message: /is damaged or no database/ });
});

test('a migration brings an older database up and keeps what is in it', async (t) => {
  const file = join(await scratch(t), 'x.sqlite');
  const first = 'CREATE TABLE a (x INTEGER)';
  const old = OwnedDatabase.at(file, { component: 'x', migrations: [first] });
  old.run('INSERT INTO a VALUES (7)');
  old.close();
  const now = OwnedDatabase.at(file, {
    component: 'x',
    migrations: [first, 'ALTER TABLE a ADD COLUMN y INTEGER'],
  });
  assert.deepEqual(
    now.all('SELECT x, y FROM a').map(({ x, y }) => [x, y]),
    [[7, null]],
  );
  now.close();
});

test('a transaction that fails changes nothing', async (t) => {
  const db = OwnedDatabase.at(join(await scratch(t), 'x.sqlite'), {
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
