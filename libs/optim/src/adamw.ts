/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101) as graph nodes, with clipping by global norm before it.
 *
 *   m' = m + (1 - beta1) (g - m)                v' = v + (1 - beta2) (g^2 - v)
 *   w' = w - lr (m' / (1 - beta1^t) / (sqrt(v' / (1 - beta2^t)) + eps) + decay w)
 *
 * What depends on the step or needs more digits than float32 has (1 - 0.999 loses five of them there) is computed in
 * float64 outside and enters as scalars. Decay applies to matrices only, not to norms.
 */
import { add, div, less, mul, sqrt, sub, sumAll, where, type Graph, type Tensor } from '@soar/onnx';

/** Settings of the optimizer; defaults are PyTorch's but for the decay. */
export interface AdamWConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global norm of the gradient; 0 does not clip. */
  readonly clipNorm: number;
}

export const ADAMW_DEFAULTS: AdamWConfig = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
};

/** Names of the scalar inputs of an update. */
export const ADAMW_SCALARS = [
  'learning_rate',
  'one_minus_beta1',
  'one_minus_beta2',
  'correction1',
  'correction2',
  'epsilon',
  'weight_decay',
  'clip_norm',
] as const;
export type AdamWScalars = Readonly<Record<(typeof ADAMW_SCALARS)[number], number>>;

/** The scalars of update `step`, counted from 1. */
export function adamwScalars(config: AdamWConfig, learningRate: number, step: number): AdamWScalars {
  return {
    learning_rate: learningRate,
    one_minus_beta1: 1 - config.beta1,
    one_minus_beta2: 1 - config.beta2,
    correction1: 1 / (1 - config.beta1 ** step),
    correction2: 1 / (1 - config.beta2 ** step),
    epsilon: config.epsilon,
    weight_decay: config.weightDecay,
    clip_norm: config.clipNorm,
  };
}

type ScalarInputs = Readonly<Record<(typeof ADAMW_SCALARS)[number], Tensor>>;

/** Declares the scalar inputs of an update. */
export function declareScalars(graph: Graph): ScalarInputs {
  const entries = ADAMW_SCALARS.map((name) => [name, graph.input(name, 'float32', [])] as const);
  return Object.fromEntries(entries) as ScalarInputs;
}

/** The Euclidean norm of all gradients together, a scalar. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  const squares = gradients.map((g) => sumAll(mul(g, g)));
  return sqrt(squares.reduce((a, b) => add(a, b)));
}

/** What gradients are multiplied by: 1, or clip_norm / norm where the norm exceeds it. */
export function clipScale(norm: Tensor, clipNorm: Tensor): Tensor {
  const exceeds = less(clipNorm, norm);
  const clipped = where(exceeds, div(clipNorm, norm), 1);
  return where(less(0, clipNorm), clipped, 1);
}

export interface AdamWState {
  readonly parameter: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
}

/** One update of one parameter; `gradient` is already clipped. */
export function adamw(state: AdamWState, gradient: Tensor, s: ScalarInputs): AdamWState {
  const m = add(state.m, mul(sub(gradient, state.m), s.one_minus_beta1));
  const v = add(state.v, mul(sub(mul(gradient, gradient), state.v), s.one_minus_beta2));
  const direction = div(mul(m, s.correction1), add(sqrt(mul(v, s.correction2)), s.epsilon));
  const decays = state.parameter.shape.length >= 2;
  const change = decays ? add(direction, mul(state.parameter, s.weight_decay)) : direction;
  return { parameter: sub(state.parameter, mul(change, s.learning_rate)), m, v };
}
