import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { parameterSpecs } from '../parameters.js';
import { generationConfigJson, llamaConfigJson, parseHfConfig, withGenerationConfig } from './config.js';
import { matchParameters } from './match-parameters.js';
import { readSafetensors } from './safetensors.js';

const folder = new URL('../../testdata/tiny-llama/', import.meta.url);
const json = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Record<string, unknown>;
const plain = json('config.json');

function refuses(change: Record<string, unknown>, message: RegExp): void {
  assert.throws(
    () => parseHfConfig({ ...plain, ...change }, 'm/config.json'),
    (error) =>
      error instanceof UserError && error.message.startsWith('m/config.json') && message.test(error.message),
  );
}

test("reads transformers' config.json, and its weights match it", () => {
  const config = parseHfConfig(plain);
  assert.deepEqual(config, {
    vocabSize: 24,
    hiddenSize: 16,
    intermediateSize: 24,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 6,
    rotary: { theta: 500 },
    rmsNormEps: 1e-5,
    tieWordEmbeddings: false,
    maxPositionEmbeddings: 64,
    bosTokenId: 1,
    eosTokenIds: [2],
    padTokenId: 0,
  });
  const bytes = new Uint8Array(readFileSync(new URL('model.safetensors', folder)));
  matchParameters(config, readSafetensors(bytes, 'model.safetensors'), 'model.safetensors');
});

test('what is written is read back', () => {
  const config = parseHfConfig(plain);
  assert.deepEqual(parseHfConfig(llamaConfigJson(config)), config);
  const several = { ...config, eosTokenIds: [2, 5] };
  assert.deepEqual(parseHfConfig(llamaConfigJson(several)), several);
  assert.deepEqual(withGenerationConfig(config, generationConfigJson(several)).eosTokenIds, [2, 5]);
  assert.deepEqual(withGenerationConfig(config, { eos_token_id: null }).eosTokenIds, [2]);
});

test('absent fields have the defaults of transformers', () => {
  const { vocab_size, hidden_size, intermediate_size, num_hidden_layers } = plain;
  const least = { model_type: 'llama', vocab_size, hidden_size, intermediate_size, num_hidden_layers };
  const config = parseHfConfig({ ...least, num_attention_heads: 4 });
  const { kvHeads, headDim, rotary, rmsNormEps, tieWordEmbeddings, eosTokenIds } = config;
  assert.deepEqual(
    { kvHeads, headDim, rotary, rmsNormEps, tieWordEmbeddings, eosTokenIds },
    {
      kvHeads: 4,
      headDim: 4,
      rotary: { theta: 1e4 },
      rmsNormEps: 1e-6,
      tieWordEmbeddings: false,
      eosTokenIds: [],
    },
  );
});

test('a number beside rope_theta in rope_parameters must be the same', () => {
  refuses({ rope_theta: 1e6 }, /rope_theta: 1000000 at the top and 500/);
});

test('what the graphs do not compute is refused by name, with the whole value', () => {
  refuses({ hidden_act: 'gelu' }, /hidden_act: expected "silu".*got "gelu"/);
  refuses({ rope_parameters: { rope_type: 'axial', rope_theta: 1 } }, /rope_type: expected one of.*"axial"/);
  refuses({ rope_scaling: { type: 'su', factor: 1 } }, /rope_scaling: type: expected one of.*got "su"/);
  refuses({ partial_rotary_factor: 0.5 }, /partial_rotary_factor: expected 1, got 0.5/);
  const quantised = { quant_method: 'gptq', bits: 4, note: 'x'.repeat(80) };
  refuses({ quantization_config: quantised }, /quantization_config: expected none.*x{80}"}$/);
});

test('malformed fields are refused by name', () => {
  refuses({ vocab_size: undefined }, /vocab_size: expected a whole number/);
  refuses({ hidden_size: -1 }, /hidden_size/);
  refuses({ num_key_value_heads: 3 }, /num_key_value_heads: expected a divisor/);
  refuses({ head_dim: 5 }, /head_dim: expected an even number/);
  refuses({ eos_token_id: 24 }, /eos_token_id: expected token ids from 0 to 23/);
  refuses({ tie_word_embeddings: 'yes' }, /tie_word_embeddings: expected true or false/);
  assert.throws(() => parseHfConfig([], 'x'), /x: expected a JSON object/);
});

test('weights that do not belong to the config are refused, naming the tensor', () => {
  const config = parseHfConfig(plain);
  const tensors = parameterSpecs(config);
  matchParameters({ ...config, tieWordEmbeddings: true }, tensors, 'm');
  assert.throws(() => matchParameters(config, tensors.slice(1), 'm'), /embed_tokens.weight: missing/);
  assert.throws(() => matchParameters({ ...config, layers: 1 }, tensors, 'm'), /layers\.1.*not a parameter/);
  assert.throws(
    () => matchParameters({ ...config, intermediateSize: 8 }, tensors, 'm'),
    /gate_proj.weight: shape \[24, 16\], config.json asks for \[8, 16\]/,
  );
});
