/**
 * config.json and generation_config.json of Hugging Face folders, read and written.
 *
 * Read here is what all families have: sizes, activation, rotary positions, special tokens. What a family adds is in
 * families/table.ts. What the graphs do not compute is refused by name rather than ignored.
 */
import { invariant } from '@soar/core';
import type { DecoderConfig } from '../decoder-config.js';
import { familyOf } from '../families/refusals.js';
import { readRotary } from '../families/rotary.js';
import type { Family } from '../families/family.js';
import { isObject, JsonFields } from './json-fields.js';

const VOCAB_MAX = 2 ** 24;
const WIDTH_MAX = 2 ** 20;
const LAYERS_MAX = 1024;
const POSITIONS_MAX = 2 ** 24;

/** The configuration in a config.json. `source` (its path) begins every error. Throws UserError naming the field. */
export function parseHfConfig(json: unknown, source = 'config.json'): DecoderConfig {
  const written = JsonFields.of(textModel(json), source);
  const family = familyOf(written);
  const fields = written.withDefaults(family.defaults ?? {});
  if (fields.get('quantization_config') !== undefined) {
    fields.fail('quantization_config', 'none: convert the weights to F32, F16 or BF16 first');
  }
  const vocabSize = fields.integer('vocab_size', 1, VOCAB_MAX);
  const hiddenSize = fields.integer('hidden_size', 1, WIDTH_MAX);
  const layers = fields.integer('num_hidden_layers', 1, LAYERS_MAX);
  const heads = fields.integer('num_attention_heads', 1, WIDTH_MAX);
  const kvHeads = fields.integer('num_key_value_heads', 1, heads, heads);
  if (heads % kvHeads !== 0) fields.fail('num_key_value_heads', `a divisor of num_attention_heads ${heads}`);
  const headDim = fields.integer('head_dim', 1, WIDTH_MAX, Math.floor(hiddenSize / heads));
  if (headDim % 2 !== 0) fields.fail('head_dim', `an even number (hidden_size / heads is ${headDim})`);
  const maxPositions = fields.integer('max_position_embeddings', 1, POSITIONS_MAX, 2048);
  const traits = family.reads.map((read) => read(fields, { hiddenSize, layers }));
  const own: Partial<DecoderConfig> = Object.assign({}, family.always, ...traits);
  const windows = own.windows !== undefined;
  return {
    vocabSize,
    hiddenSize,
    intermediateSize: fields.integer('intermediate_size', 1, WIDTH_MAX),
    layers,
    heads,
    kvHeads,
    headDim,
    ...readRotary(fields, { family, headDim, maxPositions, windows }),
    rmsNormEps: fields.positive('rms_norm_eps', 1e-6),
    tieWordEmbeddings: fields.boolean('tie_word_embeddings', false),
    maxPositionEmbeddings: maxPositions,
    ...activationOf(fields, family),
    ...own,
    eosTokenIds: fields.tokenIds('eos_token_id', vocabSize) ?? [],
    ...firstTokens(fields, vocabSize),
  };
}

/** Models of text and images hold the text model's configuration as text_config; what they share stands around it. */
function textModel(json: unknown): unknown {
  if (!isObject(json) || !isObject(json['text_config'])) return json;
  const { text_config: text, model_type: _, ...around } = json;
  return { ...around, ...text };
}

function activationOf(
  fields: JsonFields,
  { activationField = 'hidden_act', geluIsTanh = false }: Family,
): Pick<DecoderConfig, 'activation'> {
  const name = fields.get(activationField) ?? 'silu';
  if (name === 'silu' || name === 'swish') return {};
  if (name === 'gelu_pytorch_tanh' || name === 'gelu_new' || (name === 'gelu' && geluIsTanh)) {
    return { activation: 'gelu-tanh' };
  }
  return fields.fail(activationField, '"silu" or "gelu_pytorch_tanh"');
}

/** `config` with the special tokens that a generation_config.json names; they win, as in transformers' generate(). */
export function withGenerationConfig(
  config: DecoderConfig,
  json: unknown,
  source = 'generation_config.json',
): DecoderConfig {
  const fields = JsonFields.of(json, source);
  return {
    ...config,
    eosTokenIds: fields.tokenIds('eos_token_id', config.vocabSize) ?? config.eosTokenIds,
    ...firstTokens(fields, config.vocabSize),
  };
}

/** The content of a config.json for a plain Llama, as LlamaForCausalLM of transformers 4 and 5 reads it. */
export function llamaConfigJson(config: DecoderConfig): Record<string, unknown> {
  const { theta, ...more } = config.rotary;
  invariant(Object.keys(more).length === 0, 'llamaConfigJson: scaled rotary positions are not written');
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
    rope_theta: theta,
    rope_parameters: { rope_type: 'default', rope_theta: theta },
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: config.tieWordEmbeddings,
    ...specialTokens(config),
    torch_dtype: 'float32',
    dtype: 'float32',
  };
}

/** The content of a generation_config.json that samples at temperature 1 and ends at the model's end tokens. */
export function generationConfigJson(config: DecoderConfig): Record<string, unknown> {
  return { do_sample: true, temperature: 1, ...specialTokens(config) };
}

function specialTokens({ bosTokenId, eosTokenIds, padTokenId }: DecoderConfig): Record<string, unknown> {
  return {
    bos_token_id: bosTokenId ?? null,
    eos_token_id: eosTokenIds.length === 1 ? eosTokenIds[0] : eosTokenIds.length === 0 ? null : eosTokenIds,
    pad_token_id: padTokenId ?? null,
  };
}

/** The tokens that begin and pad a text, where they are named. Llama 1 and 2 write -1 for a pad token that is none. */
function firstTokens(
  fields: JsonFields,
  vocabSize: number,
): Pick<DecoderConfig, 'bosTokenId' | 'padTokenId'> {
  const bos = fields.tokenIds('bos_token_id', vocabSize)?.[0];
  const pad = fields.get('pad_token_id') === -1 ? undefined : fields.tokenIds('pad_token_id', vocabSize)?.[0];
  return {
    ...(bos !== undefined && { bosTokenId: bos }),
    ...(pad !== undefined && { padTokenId: pad }),
  };
}
