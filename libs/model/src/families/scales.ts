/** Fields of config.json for biases, factors and soft caps. */
import type { Reader } from './family.js';

/** attention_bias: on queries, keys, values and on the projection behind attention. */
export const attentionBias: Reader = (fields) =>
  fields.boolean('attention_bias', false) ? { biases: ['qkv', 'output'] } : {};

/** attention_bias and mlp_bias. */
export const biases: Reader = (fields, sizes) => {
  const attention = attentionBias(fields, sizes).biases ?? [];
  const mlp = fields.boolean('mlp_bias', false) ? (['mlp'] as const) : [];
  return attention.length + mlp.length === 0 ? {} : { biases: [...attention, ...mlp] };
};

/** Embeddings times the root of their width; there is no field for it. */
export const scaledEmbeddings: Reader = (_, { hiddenSize }) => ({ embeddingScale: Math.sqrt(hiddenSize) });

export const embeddingMultiplier: Reader = (fields) => {
  const factor = fields.positive('embedding_multiplier', 1);
  return factor === 1 ? {} : { embeddingScale: factor };
};

/** Query-key products times 1 / sqrt(query_pre_attn_scalar), in place of 1 / sqrt(head_dim). */
export const queryScalar: Reader = (fields) => ({
  attentionScale: 1 / Math.sqrt(fields.positive('query_pre_attn_scalar')),
});

export const attentionMultiplier: Reader = (fields) => ({
  attentionScale: fields.positive('attention_multiplier'),
});

export const residualMultiplier: Reader = (fields) => {
  const factor = fields.positive('residual_multiplier', 1);
  return factor === 1 ? {} : { residualScale: factor };
};

export const logitsScaling: Reader = (fields) => {
  const divisor = fields.positive('logits_scaling', 1);
  return divisor === 1 ? {} : { logitDivisor: divisor };
};

export const softCaps: Reader = (fields) => {
  const attention = fields.optionalPositive('attn_logit_softcapping');
  const logits = fields.optionalPositive('final_logit_softcapping');
  return {
    ...(attention !== undefined && { attentionSoftCap: attention }),
    ...(logits !== undefined && { logitSoftCap: logits }),
  };
};
