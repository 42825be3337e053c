import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { importModel } from './import-model.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-import-'));
after(() => rmSync(folder, { recursive: true }));

/** A folder with the files that every model has; importing does not read into them. */
function modelFolder(path: string, weights: string): string {
  const model = join(folder, path);
  mkdirSync(model, { recursive: true });
  for (const name of ['config.json', 'tokenizer.json']) writeFileSync(join(model, name), '{}');
  writeFileSync(join(model, 'model.safetensors'), weights);
  return model;
}

test('the same model is found again and another one of the same name stands beside it', async () => {
  const store = join(folder, 'store');
  const first = await importModel(store, modelFolder('a/base', 'one'));
  assert.match(first.key, /^models\/base-[0-9a-f]{12}$/);
  assert.deepEqual(await importModel(store, modelFolder('b/base', 'one')), first);
  assert.notEqual((await importModel(store, modelFolder('c/base', 'two'))).key, first.key);
  assert.equal(readdirSync(join(store, 'models')).length, 2);
});

test('the reference of a model depends on its content alone', async () => {
  const first = await importModel(join(folder, 'store-1'), modelFolder('d/base', 'one'));
  cpSync(join(folder, 'd/base'), join(folder, 'e/base'), { recursive: true });
  assert.deepEqual(await importModel(join(folder, 'store-2'), join(folder, 'e/base')), first);
});

test('weights may be in shards', async () => {
  const model = modelFolder('g/base', 'one');
  renameSync(join(model, 'model.safetensors'), join(model, 'model-00001-of-00001.safetensors'));
  writeFileSync(join(model, 'model.safetensors.index.json'), '{}');
  const store = join(folder, 'shards');
  const { key } = await importModel(store, model);
  assert.ok(readdirSync(join(store, key)).includes('model-00001-of-00001.safetensors'));
});

test('a folder that is missing or incomplete is refused by name', async () => {
  await assert.rejects(
    importModel(join(folder, 's'), join(folder, 'none')),
    /none: there is no such model folder/,
  );
  const model = modelFolder('f/base', 'one');
  rmSync(join(model, 'tokenizer.json'));
  await assert.rejects(
    importModel(join(folder, 's'), model),
    /base: has no tokenizer\.json; expected a Hugging Face folder/,
  );
});
