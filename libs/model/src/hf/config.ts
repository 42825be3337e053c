/**
 * config.json and generation_config.json of Hugging Face folders, read and written.
 *
 * Accepted: model_type "llama", and "mistral" without a sliding window, which is the same arithmetic. What the graphs do
 * not compute (biases, scaled or partial rotary positions, another activation, quantised weights) is refused by name rather
 * than ignored. Both places of rope_theta are read: the top level, and rope_parameters of transformers 5.
 */
import { UserError } from '@soar/core';
import type { LlamaConfig } from '../llama-config.js';
import { JsonFields } from './json-fields.js';

const VOCAB_MAX = 2 ** 24;
const WIDTH_MAX = 2 ** 20;
const LAYERS_MAX = 1024;
const POSITIONS_MAX = 2 ** 24;

/** The configuration in a config.json. `source` (its path) begins every error. Throws UserError naming the field. */
export function parseHfConfig(json: unknown, source = 'config.json'): LlamaConfig {
  const fields = JsonFields.of(json, source);
  refuseUnsupported(fields);
  const vocabSize = fields.integer('vocab_size', 1, VOCAB_MAX);
  const hiddenSize = fields.integer('hidden_size', 1, WIDTH_MAX);
  const heads = fields.integer('num_attention_heads', 1, WIDTH_MAX);
  const kvHeads = fields.integer('num_key_value_heads', 1, heads, heads);
  if (heads % kvHeads !== 0) fields.fail('num_key_value_heads', `a divisor of num_attention_heads ${heads}`);
  const headDim = fields.integer('head_dim', 1, WIDTH_MAX, Math.floor(hiddenSize / heads));
  if (headDim % 2 !== 0) fields.fail('head_dim', `an even number (hidden_size / heads is ${headDim})`);
  const bos = fields.tokenIds('bos_token_id', vocabSize)?.[0];
  const pad = padIdOf(fields, vocabSize);
  return {
    vocabSize,
    hiddenSize,
    intermediateSize: fields.integer('intermediate_size', 1, WIDTH_MAX),
    layers: fields.integer('num_hidden_layers', 1, LAYERS_MAX),
    heads,
    kvHeads,
    headDim,
    ropeTheta: ropeTheta(fields),
    rmsNormEps: fields.positive('rms_norm_eps', 1e-6),
    tieWordEmbeddings: fields.boolean('tie_word_embeddings', false),
    maxPositionEmbeddings: fields.integer('max_position_embeddings', 1, POSITIONS_MAX, 2048),
    eosTokenIds: fields.tokenIds('eos_token_id', vocabSize) ?? [],
    ...(bos !== undefined && { bosTokenId: bos }),
    ...(pad !== undefined && { padTokenId: pad }),
  };
}

/** `config` with the special tokens that a generation_config.json names; they win, as in transformers' generate(). */
export function withGenerationConfig(
  config: LlamaConfig,
  json: unknown,
  source = 'generation_config.json',
): LlamaConfig {
  const fields = JsonFields.of(json, source);
  const bos = fields.tokenIds('bos_token_id', config.vocabSize)?.[0];
  const pad = padIdOf(fields, config.vocabSize);
  return {
    ...config,
    eosTokenIds: fields.tokenIds('eos_token_id', config.vocabSize) ?? config.eosTokenIds,
    ...(bos !== undefined && { bosTokenId: bos }),
    ...(pad !== undefined && { padTokenId: pad }),
  };
}

/** The content of a config.json for `config`, as LlamaForCausalLM of transformers 4 and 5 reads it. */
export function hfConfigJson(config: LlamaConfig): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    hidden_act: 'silu',
    max_position_embeddings: config.maxPositionEmbeddings,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    rope_parameters: { rope_type: 'default', rope_theta: config.ropeTheta },
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: config.tieWordEmbeddings,
    ...specialTokens(config),
    torch_dtype: 'float32',
    dtype: 'float32',
  };
}

/** The content of a generation_config.json that samples at temperature 1 and ends at the model's end tokens. */
export function generationConfigJson(config: LlamaConfig): Record<string, unknown> {
  return { do_sample: true, temperature: 1, ...specialTokens(config) };
}

function specialTokens({ bosTokenId, eosTokenIds, padTokenId }: LlamaConfig): Record<string, unknown> {
  return {
    bos_token_id: bosTokenId ?? null,
    eos_token_id: eosTokenIds.length === 1 ? eosTokenIds[0] : eosTokenIds.length === 0 ? null : eosTokenIds,
    pad_token_id: padTokenId ?? null,
  };
}

/** Llama 1 and 2 write -1 for "none". */
function padIdOf(fields: JsonFields, vocabSize: number): number | undefined {
  return fields.get('pad_token_id') === -1 ? undefined : fields.tokenIds('pad_token_id', vocabSize)?.[0];
}

function refuseUnsupported(fields: JsonFields): void {
  const type = fields.get('model_type');
  if (type !== 'llama' && type !== 'mistral') {
    fields.fail('model_type', '"llama" (or "mistral" without a sliding window)');
  }
  if (fields.get('sliding_window') !== undefined) {
    fields.fail('sliding_window', 'null: attention over a window is not supported');
  }
  if ((fields.get('hidden_act') ?? 'silu') !== 'silu') fields.fail('hidden_act', '"silu"');
  for (const name of ['attention_bias', 'mlp_bias']) {
    if (fields.boolean(name, false)) fields.fail(name, 'false: projections with biases are not supported');
  }
  if (fields.get('quantization_config') !== undefined) {
    fields.fail('quantization_config', 'none: convert the weights to F32, F16 or BF16 first');
  }
  if ((fields.get('partial_rotary_factor') ?? 1) !== 1) fields.fail('partial_rotary_factor', '1');
  const scaling = fields.get('rope_scaling');
  if (scaling !== undefined && ropeType(scaling) !== 'default') {
    fields.fail('rope_scaling', 'null or rope_type "default": scaled rotary positions are not supported');
  }
  const rope = fields.get('rope_parameters');
  if (rope !== undefined && ropeType(rope) !== 'default') {
    fields.fail('rope_parameters', 'rope_type "default": scaled rotary positions are not supported');
  }
}

function ropeType(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const { rope_type: now, type: before } = value as Record<string, unknown>;
  return now ?? before ?? 'default';
}

function ropeTheta(fields: JsonFields): number {
  const nested = fields.get('rope_parameters');
  const inner = nested === undefined ? undefined : JsonFields.of(nested, `${fields.source}: rope_parameters`);
  const [above, below] = [fields.get('rope_theta'), inner?.get('rope_theta')];
  if (above !== undefined && below !== undefined && above !== below) {
    throw new UserError(
      `${fields.source}: rope_theta: ${String(above)} at the top and ${String(below)} in rope_parameters; make them equal`,
      'INVALID_ARGUMENT',
      'rope_theta',
    );
  }
  return below === undefined ? fields.positive('rope_theta', 10_000) : inner!.positive('rope_theta', 10_000);
}
