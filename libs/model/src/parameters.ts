/**
 * Which parameters a model has: Hugging Face's names for LlamaForCausalLM, shapes as [out, in].
 */
import type { LlamaConfig } from './llama-config.js';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Every parameter, in the order of the graph's inputs. A tied output head is not a parameter of its own. */
export function parameterSpecs(config: LlamaConfig): ParameterSpec[] {
  const { hiddenSize: c, intermediateSize: f, heads, kvHeads, headDim: d, vocabSize: v } = config;
  const layers = Array.from({ length: config.layers }, (_, i) => {
    const at = `model.layers.${i}`;
    return [
      { name: `${at}.input_layernorm.weight`, shape: [c] },
      { name: `${at}.self_attn.q_proj.weight`, shape: [heads * d, c] },
      { name: `${at}.self_attn.k_proj.weight`, shape: [kvHeads * d, c] },
      { name: `${at}.self_attn.v_proj.weight`, shape: [kvHeads * d, c] },
      { name: `${at}.self_attn.o_proj.weight`, shape: [c, heads * d] },
      { name: `${at}.post_attention_layernorm.weight`, shape: [c] },
      { name: `${at}.mlp.gate_proj.weight`, shape: [f, c] },
      { name: `${at}.mlp.up_proj.weight`, shape: [f, c] },
      { name: `${at}.mlp.down_proj.weight`, shape: [c, f] },
    ];
  });
  return [
    { name: 'model.embed_tokens.weight', shape: [v, c] },
    ...layers.flat(),
    { name: 'model.norm.weight', shape: [c] },
    ...(config.tieWordEmbeddings ? [] : [{ name: 'lm_head.weight', shape: [v, c] }]),
  ];
}
