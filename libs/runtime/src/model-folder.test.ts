/** The content of a model folder, and what is refused by name before it is loaded. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '@soar/core';
import { checkModelFolder, readModelConfig, readModelParameters } from './model-folder.js';
import { readTensors, writeTensors } from './weight-files.js';

const families = fileURLToPath(new URL('../../model/testdata/families', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'soar-folder-'));
after(() => rmSync(scratch, { recursive: true }));

/** A copy of a family's model, with a file that stands for its tokenizer. */
function copyOf(name: string): string {
  const folder = join(mkdtempSync(join(scratch, 'model-')), 'mine');
  cpSync(join(families, name), folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), '{}');
  return folder;
}

function refuses(folder: string, message: RegExp): void {
  assert.throws(
    () => checkModelFolder(folder),
    (error) => error instanceof UserError && error.message.startsWith(folder) && message.test(error.message),
  );
}

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';

test('whole models are accepted, in shards too', () => {
  for (const name of ['llama', 'gemma2', 'phi3']) checkModelFolder(copyOf(name));
});

test('a head that differs from the embedding it should be tied to is refused', () => {
  const folder = copyOf('qwen2');
  const path = join(folder, 'model.safetensors');
  const tensors = readTensors(path);
  const embedding = tensors.find(({ name }) => name === 'model.embed_tokens.weight')!;
  const head = { ...embedding, name: 'lm_head.weight', data: embedding.data.slice() };
  rmSync(path);
  writeTensors(path, [...tensors, head]);
  checkModelFolder(folder);
  head.data[3]! += 0.5;
  rmSync(path);
  writeTensors(path, [...tensors, head]);
  refuses(
    folder,
    /model\.safetensors: tensor lm_head\.weight: differs from model\.embed.*tie_word_embeddings true/,
  );
  assert.throws(() => readModelParameters(folder, readModelConfig(folder)), /lm_head\.weight: differs/);
});

test('an adapter beside a base is refused, not dropped', () => {
  const folder = copyOf('llama');
  writeFileSync(join(folder, 'adapter_config.json'), '{"peft_type":"LORA"}');
  refuses(folder, /adapter_config\.json: adapters are not applied; merge it/);
  assert.throws(() => readModelConfig(folder), /adapters are not applied/);
});

test('Git LFS pointers are recognised', () => {
  const weights = copyOf('llama');
  writeFileSync(join(weights, 'model.safetensors'), POINTER);
  refuses(weights, /model\.safetensors: a Git LFS pointer.*git lfs pull/);
  const tokenizer = copyOf('llama');
  writeFileSync(join(tokenizer, 'tokenizer.json'), POINTER);
  refuses(tokenizer, /tokenizer\.json: a Git LFS pointer/);
});

test('pickled weights are not read', () => {
  const folder = copyOf('llama');
  renameSync(join(folder, 'model.safetensors'), join(folder, 'pytorch_model.bin'));
  refuses(folder, /pytorch_model\.bin: pickled weights are not read.*save_pretrained/);
});

test('weights of another model are refused by tensor', () => {
  const folder = copyOf('qwen3');
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, attention_bias: false }));
  refuses(folder, /model\.safetensors: tensor model\.layers\.0\..*\.bias: not a parameter of the model/);
});
