/** The guarantees of every run database (journal/run-database.ts), as tests for any implementation. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { AcquireOptions } from '../database/lease.js';
import type { RunDatabase, StoredRun } from '../journal/run-database.js';

/** Opens the same database, which is empty at first, as often as called. All are closed after the test. */
export type Opening = () => Promise<RunDatabase>;

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const run = (id: string): StoredRun => ({
  id,
  kind: 'run',
  request: bytes(`request of ${id}`),
  state: 1,
  failure: '',
  failureReason: '',
  createdMs: 1_800_000_000_123,
});
export const asHolder = (holder = 'a test'): AcquireOptions => ({
  holder,
  signal: AbortSignal.timeout(20_000),
});

/** The databases that a test uses. */
interface Databases {
  /** A new, empty database. */
  prepare(t: TestContext): Promise<Opening>;
  /** A database whose lease this process holds; `again` closes and reopens it, as a restarted process would. */
  held(t: TestContext): Promise<{ journal: RunDatabase; again: () => Promise<RunDatabase> }>;
}

/** A guarantee in words, and a test of it. */
type Fact = readonly [title: string, body: (databases: Databases, t: TestContext) => Promise<void>];

const facts: readonly Fact[] = [
  [
    'a run is stored unchanged, and a second one of the same id does not replace it',
    async ({ held }, t) => {
      const { journal, again } = await held(t);
      assert.equal(await journal.insert(run('a')), true);
      assert.equal(await journal.insert({ ...run('a'), state: 4 }), false);
      assert.deepEqual(await (await again()).get('a'), run('a'));
      await assert.rejects(journal.get('b'), /used after it was closed/);
    },
  ],
  [
    'those of a kind are listed by id, page by page; ids are unique over all kinds',
    async ({ held }, t) => {
      const { journal } = await held(t);
      for (const id of ['c', 'a', 'b-2', 'b-10', 'B']) await journal.insert(run(id));
      const other = { ...run('b-1'), kind: 'comparison' };
      assert.equal(await journal.insert(other), true);
      assert.equal(await journal.insert({ ...other, id: 'a' }), false);
      assert.deepEqual(await journal.list('comparison', '', 10), [other]);
      const ids = async (after: string, limit: number) =>
        (await journal.list('run', after, limit)).map(({ id }) => id);
      assert.deepEqual(await ids('', 3), ['B', 'a', 'b-10']);
      assert.deepEqual(await ids('b-10', 2), ['b-2', 'c']);
      assert.deepEqual(await ids('c', 2), []);
    },
  ],
  [
    'a state outlives the process; setting it for an unknown run is NOT_FOUND',
    async ({ held }, t) => {
      const { journal, again } = await held(t);
      await journal.insert(run('a'));
      await journal.setState('a', 4, 'trainer: gone', 'UNAVAILABLE');
      const next = await again();
      const expected = { ...run('a'), state: 4, failure: 'trainer: gone', failureReason: 'UNAVAILABLE' };
      assert.deepEqual(await next.get('a'), expected);
      await assert.rejects(next.setState('x', 1, '', ''), { reason: 'NOT_FOUND' });
    },
  ],
  [
    'entries are written once: the same value changes nothing, another value is a broken invariant',
    async ({ held }, t) => {
      const { journal, again } = await held(t);
      await journal.insert(run('a'));
      await journal.journal('a').put('step-0', bytes('v'));
      await journal.journal('a').put('step-0', bytes('v'));
      await journal.journal('a').put('empty', bytes(''));
      const next = await again();
      const rest = next.journal('a');
      await assert.rejects(rest.put('step-0', bytes('w')), {
        name: 'InvariantError',
        message: /run a: entry step-0/,
      });
      assert.deepEqual(await rest.get('step-0'), bytes('v'));
      assert.deepEqual(await rest.get('empty'), bytes(''));
      assert.equal(await rest.get('step-1'), undefined);
      await assert.rejects(next.journal('x').put('step-0', bytes('v')), { reason: 'NOT_FOUND' });
    },
  ],
  [
    'values of a prefix are in order of name, names in order of writing',
    async ({ held }, t) => {
      const { journal } = await held(t);
      for (const id of ['a', 'b']) await journal.insert(run(id));
      const a = journal.journal('a');
      const written = ['report/b', 'report/a', 'Report/x', 'report%', 'report/\u{1f600}', 'other'];
      for (const name of written) await a.put(name, bytes(name));
      await journal.journal('b').put('report/c', bytes('of b'));
      const texts = async (prefix: string) =>
        (await a.values(prefix)).map((value) => Buffer.from(value).toString());
      assert.deepEqual(await texts('report/'), ['report/a', 'report/b', 'report/\u{1f600}']);
      assert.equal((await texts('')).length, 6);
      assert.deepEqual(await a.names(), written);
    },
  ],
  [
    'values are copies, whatever view they were passed in',
    async ({ held }, t) => {
      const { journal } = await held(t);
      await journal.insert(run('a'));
      await journal.journal('a').put('view', Uint8Array.from([1, 2, 3, 4, 5]).subarray(1, 4));
      const got = await journal.journal('a').get('view');
      assert.deepEqual(got, Uint8Array.from([2, 3, 4]));
      assert.equal(got.buffer.byteLength, 3);
    },
  ],
  [
    'a value of a megabyte and one with every byte are read back unchanged',
    async ({ held }, t) => {
      const { journal } = await held(t);
      await journal.insert(run('a'));
      const values = [new Uint8Array(1 << 20).fill(7), Uint8Array.from({ length: 256 }, (_, i) => i)];
      for (const [i, value] of values.entries()) await journal.journal('a').put(`v${i}`, value);
      assert.deepEqual(await journal.journal('a').values('v'), values);
    },
  ],
  [
    'concurrent writers lose nothing, and one of two values wins',
    async ({ held }, t) => {
      const { journal } = await held(t);
      await journal.insert(run('a'));
      const a = journal.journal('a');
      await Promise.all(Array.from({ length: 50 }, (_, i) => a.put(`step-${i % 25}`, bytes(`v${i % 25}`))));
      assert.equal((await a.names()).length, 25);
      const two = await Promise.allSettled([a.put('one', bytes('x')), a.put('one', bytes('y'))]);
      assert.deepEqual(two.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    },
  ],
  [
    'every holder has a higher token than all earlier holders, and than what it is told to be above',
    async ({ prepare }, t) => {
      const open = await prepare(t);
      const tokens: number[] = [];
      for (let i = 0; i < 3; i++) {
        const journal = await open();
        tokens.push((await journal.acquire(asHolder())).token);
        await journal.close();
      }
      assert.ok(tokens[0]! >= 1 && tokens[1]! > tokens[0]! && tokens[2]! > tokens[1]!, tokens.join(' '));
      for (const [above, least] of [
        [2, tokens[2]! + 1],
        [900, 901],
        [0, 902],
      ] as const) {
        const journal = await open();
        assert.equal((await journal.acquire({ ...asHolder(), above })).token, least);
        await journal.close();
      }
    },
  ],
];

/** Declares the tests. `prepare` makes a new, empty database for each. */
export function journalConformance(
  name: string,
  prepare: Databases['prepare'],
  skip: string | false = false,
): void {
  const held: Databases['held'] = async (t) => {
    const open = await prepare(t);
    let journal = await open();
    await journal.acquire(asHolder());
    return {
      journal,
      again: async () => {
        await journal.close();
        journal = await open();
        await journal.acquire(asHolder());
        return journal;
      },
    };
  };
  for (const [title, body] of facts)
    void test(`${name}: ${title}`, { skip }, (t) => body({ prepare, held }, t));
}
