/**
 * Which parameters a model has: Hugging Face's names, shapes as [out, in]. A parameter is what the model's file holds,
 * fused or not, so that checkpoints, optimizer states and adapters need no translation.
 */
import { hasBias, normsOf, type DecoderConfig } from './decoder-config.js';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: 'matrix' | 'bias' | 'norm';
}

/** Every parameter, in the order of the graph's inputs. A tied output head is not a parameter of its own. */
export function parameterSpecs(config: DecoderConfig): ParameterSpec[] {
  const { hiddenSize: c, vocabSize: v } = config;
  const layers = Array.from({ length: config.layers }, (_, i) => layerSpecs(config, `model.layers.${i}`));
  return [
    matrix('model.embed_tokens', v, c),
    ...layers.flat(),
    norm('model.norm', c),
    ...(config.tieWordEmbeddings ? [] : [matrix('lm_head', v, c)]),
  ];
}

function layerSpecs(config: DecoderConfig, at: string): ParameterSpec[] {
  const { hiddenSize: c, intermediateSize: f, heads, kvHeads, headDim: d, queryKeyNorm } = config;
  const norms = normsOf(config);
  const named = (name: string | undefined): ParameterSpec[] => (name ? [norm(`${at}.${name}`, c)] : []);
  const projection = (
    name: string,
    rows: number,
    columns: number,
    part: 'qkv' | 'output' | 'mlp',
  ): ParameterSpec[] => [
    matrix(`${at}.${name}`, rows, columns),
    ...(hasBias(config, part) ? [{ name: `${at}.${name}.bias`, shape: [rows], role: 'bias' as const }] : []),
  ];
  const [queries, keys] = [heads * d, kvHeads * d];
  const normed = queryKeyNorm === 'projection' ? [queries, keys] : [d, d];
  return [
    ...named(norms.beforeAttention),
    ...(config.fusedParameters
      ? projection('self_attn.qkv_proj', queries + 2 * keys, c, 'qkv')
      : [
          ...projection('self_attn.q_proj', queries, c, 'qkv'),
          ...projection('self_attn.k_proj', keys, c, 'qkv'),
          ...projection('self_attn.v_proj', keys, c, 'qkv'),
        ]),
    ...(queryKeyNorm === undefined
      ? []
      : [norm(`${at}.self_attn.q_norm`, normed[0]!), norm(`${at}.self_attn.k_norm`, normed[1]!)]),
    ...projection('self_attn.o_proj', c, queries, 'output'),
    ...named(norms.afterAttention),
    ...named(norms.beforeMlp),
    ...(config.fusedParameters
      ? projection('mlp.gate_up_proj', 2 * f, c, 'mlp')
      : [...projection('mlp.gate_proj', f, c, 'mlp'), ...projection('mlp.up_proj', f, c, 'mlp')]),
    ...projection('mlp.down_proj', c, f, 'mlp'),
    ...named(norms.afterMlp),
  ];
}

function matrix(name: string, rows: number, columns: number): ParameterSpec {
  return { name: `${name}.weight`, shape: [rows, columns], role: 'matrix' };
}

function norm(name: string, width: number): ParameterSpec {
  return { name: `${name}.weight`, shape: [width], role: 'norm' };
}
