/** The files on disk after a write, and after a failed write. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeFolderDurably, writeSynced, writeWhole } from './durable-files.js';

const scratch = await mkdtemp(join(tmpdir(), 'soar-files-'));
after(() => rm(scratch, { recursive: true }));

/** Every path below `folder`, sorted. */
const paths = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).sort();

test('a write is atomic: if it fails, the old file stays and nothing else is left', async () => {
  const folder = await mkdtemp(join(scratch, 'whole-'));
  await writeFile(join(folder, 'f'), 'old');
  await mkdir(join(folder, 'taken'));
  await writeFile(join(folder, 'taken/x'), '');
  await assert.rejects(writeWhole(join(folder, 'taken'), 'new'), { code: 'EISDIR' });
  await assert.rejects(writeWhole(join(folder, 'f', 'g'), 'new'));
  assert.deepEqual(await paths(folder), ['f', 'taken', 'taken/x']);
  await writeWhole(join(folder, 'f'), 'new');
  assert.equal(await readFile(join(folder, 'f'), 'utf8'), 'new');
  await writeWhole(join(folder, 'a/b'), 'new');
  assert.deepEqual(await paths(folder), ['a', 'a/b', 'f', 'taken', 'taken/x']);
});

test('writeSynced creates a new file and never overwrites one', async () => {
  const folder = await mkdtemp(join(scratch, 'synced-'));
  await makeFolderDurably(folder, join(folder, 'a', 'b'));
  await makeFolderDurably(folder, join(folder, 'a', 'b'));
  await writeSynced(join(folder, 'a', 'b', 'f'), '1');
  await assert.rejects(writeSynced(join(folder, 'a', 'b', 'f'), '2'), { code: 'EEXIST' });
});
