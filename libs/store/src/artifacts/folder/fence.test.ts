import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { renameUnderLease } from './fence.js';
import { FolderStore } from './store.js';
import { paths, scratch, writing } from '../../testing/scratch.js';

test('a higher token removes the work staged under a lower one, so that no late rename succeeds', async (t) => {
  const root = await scratch(t);
  await mkdir(join(root, '.claims/run/1/late'), { recursive: true });
  const store = await FolderStore.open(root);
  await store.put('run/a', writing({ x: '1' }), { fencingToken: 2 });
  assert.deepEqual(await paths(join(root, '.claims')), ['run', 'run/2']);
});

test('of two concurrent tokens, in any order, the lower one never writes after the higher', async (t) => {
  const root = await scratch(t);
  for (let i = 0; i < 200; i++) {
    const key = `run-${i}/a`;
    const write = async (token: number): Promise<boolean> => {
      const from = join(root, `from-${i}-${token}`);
      await writeFile(from, String(token));
      return renameUnderLease(
        root,
        key,
        { fencingToken: token },
        `w${token}`,
        from,
        join(root, `to-${i}`),
      ).then(
        () => true,
        (error: { reason?: string }) => {
          assert.equal(error.reason, 'FAILED_PRECONDITION');
          return false;
        },
      );
    };
    await Promise.all(i % 2 === 0 ? [write(1), write(2)] : [write(2), write(1)]);
    assert.equal(await readFile(join(root, `to-${i}`), 'utf8'), '2', `round ${i}`);
    assert.ok((await readdir(join(root, '.claims', `run-${i}`))).includes('2'));
  }
});

test('work that a dead writer left under its token is swept', async (t) => {
  const root = await scratch(t);
  const store = await FolderStore.open(root);
  await store.put('run/a', writing({ x: '1' }), { fencingToken: 1 });
  const own = basename(await store.newFolder());
  const dead = own.replace(`.${process.pid}.`, '.4194399.'); // Above Linux's highest pid.
  for (const name of [own, dead]) await mkdir(join(root, '.claims/run/1', name));
  assert.equal(await store.sweep(), 1);
  assert.deepEqual(await readdir(join(root, '.claims/run/1')), [own]);
});
