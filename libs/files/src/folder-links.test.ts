import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { refuseForeignLinks } from './folder-links.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'soar-links-')));
after(() => rmSync(root, { recursive: true }));

function folder(...path: string[]): string {
  const made = join(root, ...path);
  mkdirSync(made, { recursive: true });
  return made;
}

test('links within the folder, into the blobs of its cache and to nowhere are let through', () => {
  const snapshot = folder('models--a--b', 'snapshots', 'c0ffee');
  writeFileSync(join(folder('models--a--b', 'blobs'), 'hash'), 'weights');
  writeFileSync(join(snapshot, '..own'), '');
  symlinkSync('../../blobs/hash', join(snapshot, 'model.safetensors'));
  symlinkSync('..own', join(snapshot, 'other'));
  symlinkSync('nowhere', join(snapshot, 'gone'));
  refuseForeignLinks(snapshot);
  const link = join(root, 'link-to-snapshot');
  symlinkSync(snapshot, link);
  refuseForeignLinks(link);
});

test('a link to anything else is refused, however it gets there', () => {
  const outside = folder('outside');
  writeFileSync(join(outside, 'secret'), '');
  writeFileSync(join(folder('blobs'), 'hash'), '');
  for (const [name, target] of Object.entries({
    absolute: join(outside, 'secret'),
    relative: '../outside/secret',
    parent: '..',
    folder: outside,
    'blobs of nobody': '../blobs/hash',
    sibling: `${join(root, 'sibling')}-2`,
  })) {
    const made = folder(name === 'sibling' ? name : 'model');
    if (name === 'sibling') writeFileSync(join(folder('sibling-2'), 'x'), '');
    const link = join(made, 'link');
    symlinkSync(target, link);
    assert.throws(() => refuseForeignLinks(made), { reason: 'INVALID_ARGUMENT', where: link }, name);
    rmSync(link);
  }
});
