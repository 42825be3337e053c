/**
 * Weights as the layers use them, prepared from the parameters (prepare.ts): what every graph takes as inputs.
 *
 * Shapes: hidden C, heads H, key-value heads K, head size D, MLP F, vocabulary V.
 */
import type { Tensor } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import type { Linear, LowRank } from './linear.js';

/** Gains are those of norms whose output is used as it is, where the model has them, and those that are not folded. */
export interface LayerWeights {
  readonly attentionInputGain?: Tensor; // [C]
  readonly qkv: Linear; // [(H + 2K) D, C]
  readonly queryGain?: Tensor; // [D] or [H D]
  readonly keyGain?: Tensor; // [D] or [K D]
  readonly output: Linear; // [C, H D]
  readonly attentionGain?: Tensor; // [C]
  readonly mlpInputGain?: Tensor; // [C]
  readonly gate: Linear; // [F, C]
  readonly up: Linear; // [F, C]
  readonly down: Linear; // [C, F]
  readonly mlpGain?: Tensor; // [C]
}

export interface Weights {
  readonly embedding: Tensor; // [V, C]
  readonly layers: readonly LayerWeights[];
  /** The gain of the last norm. */
  readonly norm: Tensor; // [C]
  /** Absent where the embedding is the head; with the gain in it where gains are folded. */
  readonly head?: Tensor; // [V, C]
}

type Mapping = (name: string, weight: Tensor) => Tensor;

/** Other tensors in the place of every weight. */
export function mapWeights({ embedding, layers, norm, head }: Weights, to: Mapping): Weights {
  return {
    embedding: to('embedding', embedding),
    layers: layers.map((layer, i) => mapLayer(layer, i, to)),
    norm: to('norm', norm),
    ...(head && { head: to('head', head) }),
  };
}

export function mapLayer(layer: LayerWeights, index: number, to: Mapping): LayerWeights {
  const parts = Object.entries(layer) as [string, Tensor | Linear][];
  const mapped = parts.map(([part, weights]) => {
    const name = `layers.${index}.${part}`;
    return [
      part,
      'weight' in weights
        ? mapLinear(weights, (own, weight) => to(`${name}.${own}`, weight))
        : to(name, weights),
    ];
  });
  return Object.fromEntries(mapped) as LayerWeights;
}

function mapLinear({ weight, bias, adapter }: Linear, to: Mapping): Linear {
  return {
    weight: to('weight', weight),
    ...(bias && { bias: to('bias', bias) }),
    ...(adapter && { adapter: mapLowRank(adapter, to) }),
  };
}

function mapLowRank({ a, parts }: LowRank, to: Mapping): LowRank {
  return {
    a: to('lora_A', a),
    parts: parts.map(({ width, b }, i) => ({ width, ...(b && { b: to(`lora_B.${i}`, b) }) })),
  };
}

/** The weights that are trained, by name: an adapter's where there is one, else all that a loss depends on. */
export function trainedWeights(config: DecoderConfig, weights: Weights): ReadonlyMap<string, Tensor> {
  const trained = new Map<string, Tensor>();
  mapWeights(weights, (name, weight) => {
    if (isTrained(config, name)) trained.set(name, weight);
    return weight;
  });
  return trained;
}

export function isTrained(config: DecoderConfig, name: string): boolean {
  if (config.adapter !== undefined) return isOfAdapter(name);
  return name !== 'norm' || !normIsInHead(config);
}

/**
 * Whether gains of norms are multiplied into the matrices behind them. It saves passes over [tokens, C] and costs
 * second matrices, and passes over those whenever the model is trained; with the width matrices outgrow activations.
 */
export function gainsAreFolded({ hiddenSize }: DecoderConfig): boolean {
  return hiddenSize < WIDE;
}

const WIDE = 256;

/**
 * Whether the output head is the embedding itself, and the gain of the last norm is applied to the hidden states. A
 * head of its own, with the gain in it, saves a pass over those, which counts where the vocabulary is small; where it
 * is large, a second matrix of its size costs more.
 */
export function embeddingIsHead(config: DecoderConfig): boolean {
  return config.tieWordEmbeddings && (config.vocabSize > SMALL_VOCABULARY || !gainsAreFolded(config));
}

const SMALL_VOCABULARY = 1024;

/** Whether the gain of the last norm is in the output head. */
export function normIsInHead(config: DecoderConfig): boolean {
  return gainsAreFolded(config) && !embeddingIsHead(config);
}

/** Whether a weight of this name belongs to an adapter. */
export function isOfAdapter(name: string): boolean {
  return name.includes('.lora_');
}
