/**
 * A process that writes until it is killed, for the crash tests: numbered artifacts or journal entries, each reported
 * on standard output once it is durable. Arguments: "artifacts" or "journal", and the folder.
 */
import { join } from 'node:path';
import { InvariantError } from '@soar/core';
import { FolderStore } from '../artifacts/folder/store.js';
import { openSqliteJournal } from '../journal/sqlite.js';
import { fill } from './scratch.js';

const [, , what = '', folder = ''] = process.argv;
const COUNT_MAX = 100_000;

async function makeWriter(): Promise<(i: number) => Promise<void>> {
  if (what === 'artifacts') {
    const store = await FolderStore.open(folder);
    const weights = 'w'.repeat(200_000);
    return async (i) => {
      await store.put(`run/step-${i}`, (to) =>
        fill(to, { 'a.bin': `${i}${weights}`, 'b.bin': `${weights}${i}` }),
      );
    };
  }
  if (what !== 'journal') throw new InvariantError(`writer: expected artifacts or journal, got ${what}`);
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'));
  const run = {
    id: 'run',
    kind: 'run',
    request: new Uint8Array(),
    state: 1,
    failure: '',
    failureReason: '',
    createdMs: 0,
  };
  await journal.insert(run);
  return (i) => journal.journal('run').put(`step-${i}`, Buffer.from(String(i).repeat(500)));
}

const write = await makeWriter();
for (let i = 0; i < COUNT_MAX; i++) {
  await write(i);
  process.stdout.write(`${i}\n`);
}
