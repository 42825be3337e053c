import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { quickstartAssets } from '@soar/quickstart';
import { importNamedModel, listModels, showModel } from './stored-models.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-models-'));
after(() => rmSync(folder, { recursive: true }));
const store = join(folder, 'store');
const base = quickstartAssets.model;

test('a model is imported under its name, found again, listed and shown', async () => {
  const model = await importNamedModel(store, base, 'base');
  const { name, key, family, parameters, vocabulary, positionsMax } = model;
  assert.deepEqual(
    [name, key, family, parameters, positionsMax],
    ['base', 'models/base', 'llama', 152_192, 128],
  );
  assert.ok(vocabulary > 0);
  assert.deepEqual(await importNamedModel(store, base, 'base'), model);
  assert.equal((await importNamedModel(store, base)).key, 'models/base-model');
  assert.deepEqual(
    (await listModels(store)).map((listed) => [listed.name, listed.bytes, listed.sha256]),
    [
      ['base', model.bytes, model.sha256],
      ['base-model', model.bytes, model.sha256],
    ],
  );
  assert.deepEqual(await showModel(store, 'base'), model);
  assert.deepEqual(await showModel(store, 'models/base'), model);
});

test('a name that another model has is refused, and the first model stays', async () => {
  const first = await importNamedModel(store, base, 'taken');
  const other = join(folder, 'other');
  cpSync(base, other, { recursive: true });
  writeFileSync(join(other, 'README.md'), 'another one');
  await assert.rejects(
    importNamedModel(store, other, 'taken'),
    /models\/taken: the store .* has another model of this name/,
  );
  assert.deepEqual(await showModel(store, 'taken'), first);
});

test('a folder without a model of a known family is refused before a store is created', async () => {
  const untouched = join(folder, 'untouched');
  const unknown = join(folder, 'unknown');
  cpSync(base, unknown, { recursive: true });
  writeFileSync(join(unknown, 'config.json'), '{"model_type":"unheard-of"}');
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await assert.rejects(
    importNamedModel(untouched, join(folder, 'none')),
    /none: there is no such model folder/,
  );
  await assert.rejects(importNamedModel(untouched, empty), /empty.*: not found; expected a model folder/);
  await assert.rejects(importNamedModel(untouched, unknown), /config\.json: .*unheard-of/);
  for (const name of ['', '../escape', 'a/b', '.hidden', 'x'.repeat(129)])
    await assert.rejects(importNamedModel(untouched, base, name), /model name .*; give another --name/);
  assert.ok(!existsSync(untouched));
});

test('a lookup creates no store, and its error names what is missing', async () => {
  const nowhere = join(folder, 'nowhere');
  await assert.rejects(listModels(nowhere), /artifact store .*nowhere: there is no such folder/);
  await assert.rejects(showModel(nowhere, 'base'), /artifact store .*nowhere: there is no such folder/);
  assert.ok(!existsSync(nowhere));
  await assert.rejects(showModel(store, 'none'), /models\/none/);
});
