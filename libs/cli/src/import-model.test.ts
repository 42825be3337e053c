import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importModel } from './import-model.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-import-'));
after(() => rmSync(folder, { recursive: true }));

/** A complete model; the readme makes its content distinct. */
function modelFolder(path: string, readme: string, name = 'llama'): string {
  const model = join(folder, path);
  const families = new URL('../../model/testdata/families/', import.meta.url);
  cpSync(fileURLToPath(new URL(name, families)), model, { recursive: true });
  writeFileSync(join(model, 'tokenizer.json'), '{}');
  writeFileSync(join(model, 'README.md'), readme);
  return model;
}

test('the same model is imported once, and another model of the same name gets its own key', async () => {
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
  const store = join(folder, 'shards');
  const { key } = await importModel(store, modelFolder('g/base', 'one', 'gemma2'));
  assert.ok(readdirSync(join(store, key)).includes('model-00001-of-00002.safetensors'));
});

test('an unusable folder is refused by the path that was given, and nothing is copied', async () => {
  const refuses = async (model: string, message: RegExp): Promise<void> => {
    const store = join(folder, 'untouched');
    await assert.rejects(importModel(store, model), message);
    assert.ok(!existsSync(store), 'no store was made');
  };
  await refuses(join(folder, 'none'), /none: there is no such model folder/);
  const withoutTokenizer = modelFolder('f/base', 'one');
  rmSync(join(withoutTokenizer, 'tokenizer.json'));
  await refuses(withoutTokenizer, /f\/base: has no tokenizer\.json; expected a Hugging Face folder/);
  const experts = modelFolder('h/base', 'one');
  writeFileSync(join(experts, 'config.json'), '{"model_type":"mixtral","num_local_experts":8}');
  await refuses(experts, /h\/base\/config\.json: num_local_experts: .*mixture of experts.*got 8/);
  const pickled = modelFolder('i/base', 'one');
  renameSync(join(pickled, 'model.safetensors'), join(pickled, 'pytorch_model.bin'));
  await refuses(pickled, /i\/base\/pytorch_model\.bin: pickled weights are not read/);
});
