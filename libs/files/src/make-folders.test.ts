/** Folders are made, or an error is thrown: a call always returns. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeFolders } from './make-folders.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-folders-'));
after(() => rmSync(folder, { recursive: true }));

test('missing folders are made, existing ones are kept', () => {
  for (let i = 0; i < 2; i++) makeFolders(join(folder, 'a/b/c'));
  assert.ok(statSync(join(folder, 'a/b/c')).isDirectory());
});

test('a file in the path, or at its end, is an error', () => {
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => makeFolders(join(folder, 'file/a/b')), { code: 'ENOTDIR' });
  assert.throws(() => makeFolders(join(folder, 'file')), { code: 'EEXIST' });
});

const skip = !existsSync('/proc/self') && 'no procfs here';
test('a file system that allows no folders is an error and does not hang', { skip }, () => {
  assert.throws(() => makeFolders('/proc/soar-is-not-here/a'), { code: 'ENOENT' });
});
