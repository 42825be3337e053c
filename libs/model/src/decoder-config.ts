/**
 * A decoder described by data: everything that the graphs depend on, in our names. No graph knows a model's name; which
 * family does what is the table in families/, and reading a config.json into this is hf/config.ts.
 *
 * What is optional is what not every family does. Absent means: as in Llama.
 */
export interface DecoderConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Width of the gated MLP. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key-value heads; divides `heads`. */
  readonly kvHeads: number;
  /** Even; heads * headDim need not be hiddenSize. */
  readonly headDim: number;
  readonly rotary: RotaryConfig;
  readonly rmsNormEps: number;
  /** The embedding is the output head, too. */
  readonly tieWordEmbeddings: boolean;
  /** Longest sequence that the model was made for, in tokens. */
  readonly maxPositionEmbeddings: number;
  readonly bosTokenId?: number;
  /** Tokens that end a completion; may be empty. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId?: number;

  /** Which parameters have a bias: queries, keys and values; the projection behind attention; the MLP. */
  readonly biases?: readonly ('qkv' | 'output' | 'mlp')[];
  /** Queries, keys and values are one parameter `qkv_proj`, gate and up are one parameter `gate_up_proj`. */
  readonly fusedParameters?: boolean;
  /** Where norms stand and what they are called. Absent: before attention and before the MLP. */
  readonly norms?: NormPlacement;
  /** Added to every norm's parameter to make its gain. Absent: 0. */
  readonly gainOffset?: number;
  /** Queries and keys are normalised before they are rotated: each head alone, or all heads as one vector. */
  readonly queryKeyNorm?: 'head' | 'projection';
  /** Activation of the gate. Absent: silu. */
  readonly activation?: 'silu' | 'gelu-tanh';

  /** Multiplies the embeddings on their way in; the output head is not scaled. */
  readonly embeddingScale?: number;
  /** Multiplies query-key products. Absent: 1 / sqrt(headDim). */
  readonly attentionScale?: number;
  /** Multiplies what attention and MLP add to the residual stream. */
  readonly residualScale?: number;
  /** Divides the logits. */
  readonly logitDivisor?: number;
  /** x becomes cap tanh(x / cap), for attention scores and for logits. */
  readonly attentionSoftCap?: number;
  readonly logitSoftCap?: number;

  /**
   * For each layer how many of the last tokens it sees, the current one included; 0: all. Absent: every layer sees all.
   */
  readonly windows?: readonly number[];
  /** Positions in the layers with a window, where those are rotated otherwise. */
  readonly windowRotary?: RotaryConfig;
  /** Layers whose queries and keys are not rotated. */
  readonly unrotatedLayers?: readonly number[];

  /** Low-rank matrices beside the weights, which then alone are trained. */
  readonly adapter?: Adapter;
}

/** A low-rank adapter: adapters/adapter.ts. */
export interface Adapter {
  readonly rank: number;
  readonly alpha: number;
  /** Whether the scale falls with the square root of the rank. */
  readonly rslora: boolean;
  /** The linear layers that have one, by name, in the order of the model: `model.layers.0.self_attn.q_proj`. */
  readonly layers: readonly string[];
}

/** Names of a layer's norms, which stand where they are named. */
export interface NormPlacement {
  readonly beforeAttention?: string;
  readonly afterAttention?: string;
  readonly beforeMlp?: string;
  readonly afterMlp?: string;
}

/** Rotary positions (arXiv 2104.09864). */
export interface RotaryConfig {
  /** Base of the frequencies. */
  readonly theta: number;
  /** How many channels of a head are rotated, the first ones; even. Absent: all. */
  readonly channels?: number;
  readonly scaling?: RotaryScaling;
}

/** How frequencies are changed for texts longer than those of pre-training; the formulas are in rotary.ts. */
export type RotaryScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | { readonly kind: 'dynamic'; readonly factor: number; readonly positions: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly positions: number;
    }
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Whether the ends of the ramp are rounded to whole channels. */
      readonly truncate: boolean;
      /** Multiplies cosines and sines. */
      readonly magnitude: number;
      readonly positions: number;
    }
  | {
      readonly kind: 'longrope';
      /** Divisors of the frequencies in texts of up to `positions` tokens, and in longer ones. */
      readonly short: readonly number[];
      readonly long: readonly number[];
      readonly magnitude: number;
      readonly positions: number;
    };

/** Where norms stand in Llama. */
const PRE_NORMS: NormPlacement = {
  beforeAttention: 'input_layernorm',
  beforeMlp: 'post_attention_layernorm',
};

export function normsOf({ norms }: DecoderConfig): NormPlacement {
  return norms ?? PRE_NORMS;
}

export function hasBias({ biases = [] }: DecoderConfig, part: 'qkv' | 'output' | 'mlp'): boolean {
  return biases.includes(part);
}

/** How many of the last tokens a layer sees; 0: all. */
export function windowOf({ windows }: DecoderConfig, layer: number): number {
  return windows?.[layer] ?? 0;
}

/** How a layer's queries and keys are rotated; undefined: not at all. */
export function rotaryOf(config: DecoderConfig, layer: number): RotaryConfig | undefined {
  if (config.unrotatedLayers?.includes(layer)) return undefined;
  return windowOf(config, layer) > 0 ? (config.windowRotary ?? config.rotary) : config.rotary;
}
