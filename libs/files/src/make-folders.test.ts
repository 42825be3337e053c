/** Folders where they can be made, an error where not: a call always comes back. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeFolders } from './make-folders.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-folders-'));
after(() => rmSync(folder, { recursive: true }));

test('folders that are missing are made, those that are there are left', () => {
  for (let i = 0; i < 2; i++) makeFolders(join(folder, 'a/b/c'));
  assert.ok(statSync(join(folder, 'a/b/c')).isDirectory());
});

test('neither below a file nor in its place', () => {
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => makeFolders(join(folder, 'file/a/b')), { code: 'ENOTDIR' });
  assert.throws(() => makeFolders(join(folder, 'file')), { code: 'EEXIST' });
});

const skip = !existsSync('/proc/self') && 'no procfs here';
test('a file system that takes no folders is an error, not a wait', { skip }, () => {
  assert.throws(() => makeFolders('/proc/soar-is-not-here/a'), { code: 'ENOENT' });
});
