import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { quickstartAssets } from '@soar/quickstart';
import { importModel } from './import-model.js';
import { exportModel, importNamedModel, listModels, showModel } from './stored-models.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-models-'));
after(() => rmSync(folder, { recursive: true }));
const store = join(folder, 'store');
const base = quickstartAssets.model;

test('a model is imported under its name, found again, listed and shown', async () => {
  const model = await importNamedModel(store, base, { name: 'base' });
  const { name, key, family, parameters, vocabulary, positionsMax } = model;
  assert.deepEqual(
    [name, key, family, parameters, positionsMax],
    ['base', 'models/base', 'llama', 152_192, 128],
  );
  assert.ok(vocabulary > 0);
  assert.deepEqual(await importNamedModel(store, base, { name: 'base' }), model);
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
  const first = await importNamedModel(store, base, { name: 'taken' });
  const other = join(folder, 'other');
  cpSync(base, other, { recursive: true });
  writeFileSync(join(other, 'README.md'), 'another one');
  await assert.rejects(
    importNamedModel(store, other, { name: 'taken' }),
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
    await assert.rejects(importNamedModel(untouched, base, { name }), /model name .*; give another --name/);
  assert.ok(!existsSync(untouched));
});

test('a lookup creates no store, and its error names what is missing', async () => {
  const nowhere = join(folder, 'nowhere');
  await assert.rejects(listModels(nowhere), /artifact store .*nowhere: there is no such folder/);
  await assert.rejects(showModel(nowhere, 'base'), /artifact store .*nowhere: there is no such folder/);
  assert.ok(!existsSync(nowhere));
  await assert.rejects(showModel(store, 'none'), /models\/none/);
});

const testdata = fileURLToPath(new URL('../../model/testdata/', import.meta.url));
const adapter = join(testdata, 'adapters/qwen2');

/** The base of the adapter, with a file that stands for its tokenizer. */
function adapterBase(name: string): string {
  const copy = join(folder, name);
  cpSync(join(testdata, 'families/qwen2'), copy, { recursive: true });
  writeFileSync(join(copy, 'tokenizer.json'), '{}');
  return copy;
}

test('an adapter is imported with its base, and shown with it', async () => {
  const whole = adapterBase('qwen');
  const model = await importNamedModel(store, adapter, { name: 'lora', base: whole });
  assert.equal(model.family, 'qwen2');
  assert.match(model.adapter!.base, /^models\/qwen-[0-9a-f]{12}$/);
  assert.equal(model.adapter!.rank, 4);
  assert.ok(model.bytes < 20_000, `${model.bytes} bytes`);
  assert.deepEqual(await showModel(store, 'lora'), model);
  assert.deepEqual(await importNamedModel(store, adapter, { name: 'lora', base: whole }), model);
});

test('the base of an adapter may lie beside it, or where the adapter says', async () => {
  const both = adapterBase('both');
  cpSync(adapter, both, { recursive: true });
  const beside = await importNamedModel(store, both);
  assert.match(beside.adapter!.base, /^models\/both-[0-9a-f]{12}$/);
  assert.ok(!existsSync(join(store, beside.adapter!.base, 'adapter_config.json')));
  assert.match((await importModel(store, both)).key, /^models\/both-[0-9a-f]{12}-adapter$/);
  const named = join(folder, 'named');
  cpSync(adapter, named, { recursive: true });
  const path = join(named, 'adapter_config.json');
  const json = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...json, base_model_name_or_path: adapterBase('elsewhere') }));
  assert.match((await importNamedModel(store, named)).adapter!.base, /^models\/elsewhere-/);
});

test('an adapter without its base, or with another one, is refused before there is a store', async () => {
  const untouched = join(folder, 'untouched-by-adapters');
  const refused = (source: string, other: string | undefined, message: RegExp) =>
    assert.rejects(importNamedModel(untouched, source, { base: other }), message);
  const alone = join(folder, 'alone'); // its base is in no folder around it
  cpSync(adapter, alone, { recursive: true });
  await refused(alone, undefined, /alone: an adapter of "families\/qwen2".*--base DIR/);
  await refused(adapter, join(folder, 'none'), /none: there is no such model folder/);
  await refused(
    adapter,
    base,
    /qwen2\/adapter_model\.safetensors: tensor .*Do the adapter and this base belong/,
  );
  await refused(base, base, /holds no adapter; --base is for adapters/);
  assert.ok(!existsSync(untouched));
});

test('models are exported whole, as adapters, and merged', async () => {
  const whole = adapterBase('exported');
  await importNamedModel(store, adapter, { name: 'to-export', base: whole });
  const out = (name: string): string => join(folder, 'out', name);
  await exportModel(store, 'to-export', out('adapter'));
  assert.deepEqual(readdirSync(out('adapter')).sort(), ['adapter_config.json', 'adapter_model.safetensors']);
  const weights = (at: string, name = 'model.safetensors') => readFileSync(join(at, name));
  assert.deepEqual(
    weights(out('adapter'), 'adapter_model.safetensors'),
    weights(adapter, 'adapter_model.safetensors'),
  );
  await exportModel(store, 'models/to-export', out('merged'), { merge: true });
  const names = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json'];
  assert.deepEqual(readdirSync(out('merged')).sort(), names);
  const config = (of: string): string => readFileSync(join(of, 'config.json'), 'utf8');
  assert.equal(config(out('merged')), config(whole));
  const { adapter: of } = await showModel(store, 'to-export');
  for (const merge of [false, true]) {
    await exportModel(store, of!.base, out(`base-${merge}`), { merge });
    assert.deepEqual(weights(out(`base-${merge}`)), weights(whole));
  }
  assert.notDeepEqual(weights(out('merged')), weights(whole));
  assert.equal(weights(out('merged')).length, weights(whole).length, 'in its type');
  await assert.rejects(
    exportModel(store, 'to-export', out('merged')),
    /merged: is there already; name a new folder/,
  );
  await assert.rejects(exportModel(store, 'none', out('none')), /models\/none/);
  assert.deepEqual(readdirSync(join(folder, 'out')).sort(), ['adapter', 'base-false', 'base-true', 'merged']);
});
