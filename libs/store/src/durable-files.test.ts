import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { asUserError, makeFolder, writeSynced, writeWhole } from './durable-files.js';
import { fill, paths, scratch } from './testing/scratch.js';

const failing = (code: string) => Object.assign(new Error(`${code}: it failed, write`), { code });

test('errors of the operating system say what to do', () => {
  const told = (code: string) => asUserError(failing(code), 'store x') as UserError;
  assert.equal(told('ENOSPC').reason, 'RESOURCE_EXHAUSTED');
  assert.equal(told('ENOSPC').message, 'store x: the disk is full; make room and try again');
  assert.match(told('EACCES').message, /^store x: no permission \(EACCES\)/);
  assert.match(told('ENOTDIR').message, /a file stands where a folder should be/);
  assert.equal(told('EIO').reason, 'FAILED_PRECONDITION');
});

test('errors that are none of the operating system stay as they are', () => {
  for (const error of [new TypeError('x'), new UserError('y'), 'z', failing('ERR_INVALID_ARG_TYPE')]) {
    assert.equal(asUserError(error, 'store'), error);
  }
});

test('a file is written whole, and a write that fails leaves the old one and nothing else', async (t) => {
  const folder = await scratch(t);
  await fill(folder, { f: 'old' });
  await fill(join(folder, 'taken'), { x: '' });
  await assert.rejects(writeWhole(join(folder, 'taken'), 'new'), { code: 'EISDIR' });
  await assert.rejects(writeWhole(join(folder, 'f', 'g'), 'new'));
  assert.deepEqual(await paths(folder), ['f', 'taken', 'taken/x']);
  await writeWhole(join(folder, 'f'), 'new');
  assert.equal(await readFile(join(folder, 'f'), 'utf8'), 'new');
  await writeWhole(join(folder, 'a/b'), 'new');
  assert.deepEqual(await paths(folder), ['a', 'a/b', 'f', 'taken', 'taken/x']);
});

test('a synced file is new: it never writes over another', async (t) => {
  const folder = await scratch(t);
  await makeFolder(folder, join(folder, 'a', 'b'));
  await makeFolder(folder, join(folder, 'a', 'b'));
  await writeSynced(join(folder, 'a', 'b', 'f'), '1');
  await assert.rejects(writeSynced(join(folder, 'a', 'b', 'f'), '2'), { code: 'EEXIST' });
});
