/** The run database and the ledger on a real PostgreSQL server: conformance, leases, restarts, bad input. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@soar/core';
import type { RunDatabase } from '../journal/run-database.js';
import { PostgresDatabase } from './postgres.js';
import { openPostgresJournal } from '../journal/postgres.js';
import { openPostgresLedger } from '../ledger/postgres.js';
import { openRunDatabase } from '../journal/open.js';
import { openLedger } from '../ledger/open.js';
import { bytes, journalConformance, asHolder, run } from '../testing/journal-conformance.js';
import { ledgerConformance } from '../testing/ledger-conformance.js';
import { PostgresServer, withoutPostgres } from '../testing/postgres-server.js';

const skip = withoutPostgres();
const server = skip === false ? await PostgresServer.start() : undefined;
after(() => server?.remove());

journalConformance('PostgreSQL', async (t) => opening(t, await server!.database()), skip);
ledgerConformance(
  'PostgreSQL',
  async (t) => {
    const url = await server!.database();
    return async () => {
      const ledger = await openPostgresLedger(url);
      t.after(() => ledger.close());
      return ledger;
    };
  },
  skip,
);

function opening(t: TestContext, url: string): () => Promise<RunDatabase> {
  return async () => {
    const journal = await openPostgresJournal(url);
    t.after(() => journal.close());
    return journal;
  };
}

const fact = (title: string, body: (t: TestContext) => Promise<void>): void =>
  void test(title, { skip }, body);

fact(
  'a second process waits, gets the name of the holder, and takes over when the holder exits',
  async (t) => {
    const open = opening(t, await server!.database());
    const [first, second] = [await open(), await open()];
    const one = await first.acquire(asHolder('the first'));
    const holders: string[] = [];
    const taking = second.acquire({ ...asHolder('the second'), onWait: (holder) => holders.push(holder) });
    await sleep(700);
    assert.deepEqual(holders, ['the first']);
    await first.close();
    const from = performance.now();
    const two = await taking;
    assert.ok(two.token > one.token);
    assert.ok(performance.now() - from < 3_000, 'within the time of a few polls');
    await second.insert(run('a'));
  },
);

fact('a holder that was replaced writes nothing, and may still read', async (t) => {
  const url = await server!.database();
  const open = opening(t, url);
  const [old, next] = [await open(), await open()];
  await old.acquire(asHolder('old'));
  await old.insert(run('a'));
  await old.journal('a').put('one', bytes('1'));
  // It does not notice that its lock is lost: a process that is paused for longer than the server's keep-alive.
  const { rows } = {
    rows: await server!.sql(nameOf(url), "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"),
  };
  const lost = once((await leaseOf(old)).lost, 'abort');
  await server!.sql(nameOf(url), `SELECT pg_terminate_backend(${String(rows[0]!['pid'])})`);
  await next.acquire(asHolder('next'));
  await lost;
  const writes = [
    old.journal('a').put('two', bytes('2')),
    old.setState('a', 3, '', ''),
    old.insert(run('b')),
  ];
  for (const write of writes) await assert.rejects(write, UserError);
  assert.deepEqual(await next.journal('a').names(), ['one']);
  assert.equal((await next.get('a'))!.state, 1);
  assert.deepEqual(await old.journal('a').get('one'), bytes('1'));
  await next.journal('a').put('two', bytes('2'));
});

/** The lease that a database holds, for a test that breaks it. */
async function leaseOf(database: RunDatabase): Promise<{ lost: AbortSignal }> {
  return (database as unknown as { held: { lost: AbortSignal } }).held;
}

fact('a higher token refuses a holder that still has its lock', async (t) => {
  const url = await server!.database();
  const old = await opening(t, url)();
  await old.acquire(asHolder('old'));
  await old.insert(run('a'));
  await server!.sql(nameOf(url), "UPDATE soar.ownership SET token = token + 1, holder = 'next'");
  const refused = {
    reason: 'FAILED_PRECONDITION',
    message: /next has taken this store over; nothing was written/,
  };
  await assert.rejects(old.journal('a').put('one', bytes('1')), refused);
  await assert.rejects(old.setState('a', 3, '', ''), refused);
  await assert.rejects(old.insert(run('b')), refused);
  assert.deepEqual(await old.journal('a').names(), []);
});

fact('a write that meets a restart of the server is done once it is back', async (t) => {
  const own = await PostgresServer.start();
  t.after(() => own.remove());
  const open = opening(t, await own.database());
  const journal = await open();
  const first = await journal.acquire(asHolder());
  await journal.insert(run('a'));
  const lost = once(first.lost, 'abort');
  await own.halt();
  await lost;
  assert.match(String((first.lost.reason as UserError).message), /the lease on this store is lost/);
  const back = sleep(300).then(() => own.run());
  const rows = await journal.get('a'); // waits for the server
  assert.equal(rows!.id, 'a');
  await back;
  const second = await journal.acquire(asHolder());
  assert.ok(second.token > first.token);
  await journal.journal('a').put('one', bytes('1'));
});

fact('a process that is killed lets go of the store within seconds', async (t) => {
  const url = await server!.database();
  const module = new URL('../journal/postgres.js', import.meta.url).href;
  const script = `
    const journal = await (await import(${JSON.stringify(module)})).openPostgresJournal(process.argv[1]);
    await journal.acquire({ holder: 'the killed one', signal: AbortSignal.timeout(20000) });
    console.log('owns');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const next = await opening(t, url)();
  const taking = next.acquire(asHolder('next'));
  await sleep(200);
  child.kill('SIGKILL');
  await taking;
});

fact('what cannot be opened is one clear message, without the password', async () => {
  const refused = (location: string, reason: string, message: RegExp): Promise<void> =>
    assert.rejects(openRunDatabase(location), (error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
      assert.equal(error.reason, reason);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  const { port } = server!;
  await refused(
    'mysql://user:secret@host/db',
    'INVALID_ARGUMENT',
    /^store mysql:\/\/\.\.\.: unknown kind of store; name a folder or postgres/,
  );
  await refused(
    `postgres://soar:secret@127.0.0.1:${port}/none`,
    'FAILED_PRECONDITION',
    /the database does not exist/,
  );
  await refused(
    'postgres://soar:secret@127.0.0.1:1/soar',
    'UNAVAILABLE',
    /^run journal postgres:\/\/127\.0\.0\.1:1\/soar: cannot be reached .*ECONNREFUSED/,
  );
  await refused(
    `postgres://nobody:secret@127.0.0.1:${port}/postgres`,
    'FAILED_PRECONDITION',
    /the login is refused/,
  );
  await assert.rejects(openLedger('mysql://x'), { reason: 'INVALID_ARGUMENT' });
});

fact(
  'for a user without the privilege to create tables there is a clear error, and nothing is created',
  async () => {
    const url = await server!.database();
    await server!.sql(nameOf(url), 'CREATE ROLE guest LOGIN');
    await assert.rejects(openRunDatabase(url.replace('soar@', 'guest@')), {
      reason: 'FAILED_PRECONDITION',
      message: /a privilege is missing \(permission denied for database/,
    });
    assert.deepEqual(await server!.sql(nameOf(url), "SELECT 1 FROM pg_namespace WHERE nspname = 'soar'"), []);
  },
);

fact('a schema of a newer version is refused unchanged', async () => {
  const url = await server!.database();
  await (await openRunDatabase(url)).close();
  await (await openLedger(url)).close();
  await server!.sql(nameOf(url), "UPDATE soar.components SET version = 9 WHERE component = 'run journal'");
  await assert.rejects(openRunDatabase(url), {
    reason: 'FAILED_PRECONDITION',
    message: /written by a newer version of this software \(schema 9, this one supports 2\)/,
  });
  await (await openLedger(url)).close();
});

fact('an older schema is migrated and keeps its data; concurrent processes take turns', async () => {
  const url = await server!.database();
  const first = 'CREATE TABLE soar.a (x integer); INSERT INTO soar.a VALUES (7)';
  await (await PostgresDatabase.at(url, { component: 'x', migrations: [first] })).close();
  const now = { component: 'x', migrations: [first, 'ALTER TABLE soar.a ADD COLUMN y integer'] };
  const several = await Promise.all(Array.from({ length: 4 }, () => PostgresDatabase.at(url, now)));
  assert.deepEqual((await several[0]!.query('SELECT x, y FROM soar.a')).rows, [{ x: 7, y: null }]);
  for (const database of several) await database.close();
});

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
