/**
 * What each family of models does that Llama does not: one entry a family, by model_type of config.json.
 *
 * `always` holds of every model of the family; `reads` are the fields of its config.json that change the arithmetic,
 * beyond the sizes, the activation and the rotary positions, which all have (hf/config.ts); `defaults` are what
 * transformers assumes where a field is absent. Names and behaviour are those of transformers' modeling files.
 */
import type { NormPlacement } from '../decoder-config.js';
import type { Family } from './family.js';
import {
  attentionBias,
  attentionMultiplier,
  biases,
  embeddingMultiplier,
  logitsScaling,
  queryScalar,
  residualMultiplier,
  scaledEmbeddings,
  softCaps,
} from './scales.js';
import {
  unrotatedLayers,
  windowEverywhere,
  windowIfUsed,
  windowsInPattern,
  windowsWhereUnrotated,
} from './layers.js';

/** Norms before and after attention and MLP. */
const NORMS_AROUND: NormPlacement = {
  beforeAttention: 'input_layernorm',
  afterAttention: 'post_attention_layernorm',
  beforeMlp: 'pre_feedforward_layernorm',
  afterMlp: 'post_feedforward_layernorm',
};
/** Norms on what attention and MLP give, none before them. */
const NORMS_AFTER: NormPlacement = {
  afterAttention: 'post_attention_layernorm',
  afterMlp: 'post_feedforward_layernorm',
};

export const FAMILIES: Readonly<Record<string, Family>> = {
  llama: {
    title: 'Llama 2, 3, 3.1, 3.2; SmolLM, SmolLM2',
    reads: [biases],
  },
  mistral: {
    title: 'Mistral',
    reads: [windowEverywhere],
    defaults: { num_key_value_heads: 8, max_position_embeddings: 131_072, sliding_window: 4096 },
  },
  qwen2: {
    title: 'Qwen2, Qwen2.5',
    // The biases are there without a field that says so.
    always: { biases: ['qkv'] },
    reads: [windowIfUsed],
    defaults: {
      num_key_value_heads: 32,
      max_position_embeddings: 32_768,
      sliding_window: 4096,
      max_window_layers: 28,
    },
  },
  qwen3: {
    title: 'Qwen3',
    always: { queryKeyNorm: 'head' },
    reads: [attentionBias, windowIfUsed],
    defaults: {
      num_key_value_heads: 32,
      head_dim: 128,
      max_position_embeddings: 32_768,
      sliding_window: 4096,
      max_window_layers: 28,
    },
  },
  smollm3: {
    title: 'SmolLM3',
    reads: [biases, unrotatedLayers, windowsWhereUnrotated],
    defaults: {
      num_key_value_heads: 4,
      max_position_embeddings: 32_768,
      tie_word_embeddings: true,
      rope_theta: 2e6,
      no_rope_layer_interval: 4,
    },
  },
  gemma: {
    title: 'Gemma',
    always: { gainOffset: 1 },
    reads: [attentionBias, scaledEmbeddings],
    defaults: {
      num_key_value_heads: 16,
      head_dim: 256,
      hidden_act: 'gelu_pytorch_tanh',
      max_position_embeddings: 8192,
      tie_word_embeddings: true,
    },
    geluIsTanh: true,
  },
  gemma2: {
    title: 'Gemma 2',
    always: { gainOffset: 1, norms: NORMS_AROUND },
    // Every other layer has a window, the first one has.
    reads: [attentionBias, scaledEmbeddings, queryScalar, softCaps, windowsInPattern(2)],
    defaults: {
      num_key_value_heads: 4,
      head_dim: 256,
      hidden_activation: 'gelu_pytorch_tanh',
      max_position_embeddings: 8192,
      tie_word_embeddings: true,
      query_pre_attn_scalar: 256,
      attn_logit_softcapping: 50,
      final_logit_softcapping: 30,
      sliding_window: 4096,
    },
    activationField: 'hidden_activation',
  },
  gemma3_text: {
    title: 'Gemma 3 (text)',
    always: { gainOffset: 1, norms: NORMS_AROUND, queryKeyNorm: 'head' },
    // Five layers with a window, then one without. Those with a window have rotary positions of their own.
    reads: [attentionBias, scaledEmbeddings, queryScalar, softCaps, windowsInPattern(6)],
    defaults: {
      num_key_value_heads: 4,
      head_dim: 256,
      hidden_activation: 'gelu_pytorch_tanh',
      max_position_embeddings: 131_072,
      tie_word_embeddings: true,
      query_pre_attn_scalar: 256,
      sliding_window: 4096,
      rope_theta: 1e6,
      rope_local_base_freq: 1e4,
    },
    activationField: 'hidden_activation',
  },
  phi3: {
    title: 'Phi-3, Phi-3.5, Phi-4 (mini)',
    always: { fusedParameters: true },
    reads: [windowEverywhere],
    defaults: {
      rms_norm_eps: 1e-5,
      max_position_embeddings: 4096,
      original_max_position_embeddings: 4096,
    },
    partialRotary: true,
    rotaryAliases: { su: 'longrope', yarn: 'longrope' },
  },
  granite: {
    title: 'Granite 3 (dense)',
    reads: [biases, embeddingMultiplier, attentionMultiplier, residualMultiplier, logitsScaling],
    defaults: { attention_multiplier: 1 },
  },
  olmo2: {
    title: 'OLMo 2',
    always: { norms: NORMS_AFTER, queryKeyNorm: 'projection' },
    reads: [attentionBias],
    defaults: { rms_norm_eps: 1e-5 },
  },
};
