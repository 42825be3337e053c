/**
 * Configurations as they stand in published folders, and what is refused. That the graphs compute what transformers
 * computes is shown in libs/runtime (families.test.ts), on models of every family.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { UserError } from '@soar/core';
import { parseHfConfig } from '../hf/config.js';
import { FAMILIES } from './table.js';

const folder = new URL('../../testdata/families/', import.meta.url);
const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`${name}/config.json`, folder), 'utf8')) as Record<string, unknown>;

test('every family of the table has a model in testdata', () => {
  const types = new Set(readdirSync(folder).map((name) => fixture(name)['model_type']));
  assert.deepEqual(types, new Set(Object.keys(FAMILIES)));
});

describe('transformers 4 and 5 say the same', () => {
  /** The fixture as transformers 4 wrote it: rope_parameters taken apart, the type of layers as a rule. */
  function older(name: string, change: Record<string, unknown>): Record<string, unknown> {
    const { rope_parameters: _, dtype, ...rest } = fixture(name);
    return { ...rest, torch_dtype: dtype, ...change };
  }
  const same = (name: string, change: Record<string, unknown>): void =>
    assert.deepEqual(parseHfConfig(older(name, change)), parseHfConfig(fixture(name)));

  test('scaling in rope_scaling, the base beside it', () => {
    const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    same('llama3-scaling', {
      rope_theta: 100,
      rope_scaling: { ...llama3, original_max_position_embeddings: 16 },
    });
    same('llama-linear', { rope_theta: 100, rope_scaling: { type: 'linear', factor: 4 } });
    same('llama-dynamic', { rope_theta: 100, rope_scaling: { type: 'dynamic', factor: 4 } });
    same('llama', { rope_theta: 500, rope_scaling: null });
  });

  test('longrope under its first name, a part of the heads rotated', () => {
    const scaling = { type: 'su', short_factor: [1, 1.3], long_factor: [1.5, 3] };
    same('phi3', { rope_theta: 100, rope_scaling: scaling, partial_rotary_factor: 0.5 });
  });

  test("Gemma 3's two bases and its pattern of windows", () => {
    const { layer_types: _, ...gemma3 } = older('gemma3', {
      rope_theta: 1000,
      rope_local_base_freq: 50,
      rope_scaling: { rope_type: 'linear', factor: 8 },
      sliding_window_pattern: 2,
    });
    assert.deepEqual(parseHfConfig(gemma3), parseHfConfig(fixture('gemma3')));
  });

  test('a text model inside a model of text and images, without the images', () => {
    const { model_type: _, ...around } = fixture('gemma3');
    const nested = { model_type: 'gemma3', text_config: { ...around, model_type: 'gemma3_text' } };
    assert.deepEqual(parseHfConfig(nested), parseHfConfig(fixture('gemma3')));
  });
});

test('absent fields have the defaults of their family', () => {
  const sizes = { vocab_size: 9, hidden_size: 64, intermediate_size: 8, num_hidden_layers: 7 };
  const of = (type: string, more: Record<string, unknown> = {}) =>
    parseHfConfig({ model_type: type, ...sizes, num_attention_heads: 8, ...more });
  assert.deepEqual(of('mistral').windows, new Array<number>(7).fill(4096));
  assert.equal(of('mistral', { sliding_window: null }).windows, undefined);
  assert.equal(of('qwen2', { num_key_value_heads: 2, sliding_window: 4096 }).windows, undefined);
  assert.deepEqual(of('smollm3').unrotatedLayers, [3]);
  assert.equal(of('smollm3').rotary.theta, 2e6);
  assert.deepEqual(of('gemma3_text').windows, [4096, 4096, 4096, 4096, 4096, 0, 4096]);
  assert.deepEqual([of('gemma3_text').rotary.theta, of('gemma3_text').windowRotary?.theta], [1e6, 1e4]);
  const { attentionSoftCap, logitSoftCap, attentionScale, embeddingScale, headDim } = of('gemma2');
  const expected = [50, 30, 1 / 16, 8, 256];
  assert.deepEqual([attentionSoftCap, logitSoftCap, attentionScale, embeddingScale, headDim], expected);
  assert.equal(of('gemma', { num_key_value_heads: 1, hidden_act: 'gelu' }).activation, 'gelu-tanh');
  assert.equal(of('phi3').rotary.scaling, undefined);
});

describe('other kinds of models are refused by name', () => {
  const refuses = (change: Record<string, unknown>, message: RegExp): void => {
    assert.throws(
      () => parseHfConfig({ ...fixture('llama'), ...change }, 'my/model/config.json'),
      (error) =>
        error instanceof UserError &&
        error.message.startsWith('my/model/config.json: ') &&
        message.test(error.message),
    );
  };
  test('mixture of experts', () => {
    refuses(
      { model_type: 'mixtral' },
      /model_type: expected one of llama,.*mixture of experts.*got "mixtral"/,
    );
    refuses({ model_type: 'qwen3_moe', num_experts: 128 }, /num_experts: expected none: a mixture.*got 128/);
  });
  test('multi-head latent attention', () => {
    refuses({ model_type: 'deepseek_v3', kv_lora_rank: 512 }, /kv_lora_rank: .*latent attention.*got 512/);
  });
  test('state space layers', () => {
    refuses({ model_type: 'mamba2' }, /model_type: .*state space.*got "mamba2"/);
    refuses({ layer_types: ['mamba'], mamba_d_state: 16 }, /mamba_d_state: .*state space layers/);
  });
  test('encoders', () => {
    refuses({ model_type: 'modernbert' }, /model_type: .*an encoder.*got "modernbert"/);
    refuses({ is_encoder_decoder: true }, /is_encoder_decoder: expected false: an encoder.*got true/);
    refuses(
      { ...fixture('gemma3'), use_bidirectional_attention: true },
      /use_bidirectional_attention: expected false/,
    );
  });
  test('vision', () => {
    const vision_config = { model_type: 'siglip', note: 'y'.repeat(90) };
    refuses({ model_type: 'gemma3', vision_config }, /vision_config: .*vision.*y{90}"}$/);
    refuses({ model_type: 'qwen2_5_vl' }, /model_type: .*vision.*got "qwen2_5_vl"/);
  });
  test('a family that nobody has described yet', () => {
    refuses({ model_type: 'gpt2' }, /model_type: expected one of llama, mistral,.*olmo2, got "gpt2"/);
  });
});

test('layers of a kind that is not computed are refused', () => {
  const change = { layer_types: ['full_attention', 'linear_attention', 'full_attention'] };
  assert.throws(() => parseHfConfig({ ...fixture('gemma3'), ...change }), /layer_types: expected 3 of full/);
});
