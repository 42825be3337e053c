/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101), with clipping by global norm before it; the update is in update.ts.
 *
 *   m' = m + (1 - beta1) (g - m)                v' = v + (1 - beta2) (g^2 - v)
 *   w' = w - lr (m' / (1 - beta1^t) / (sqrt(v' / (1 - beta2^t)) + eps) + decay w)
 *
 * What depends on the step or needs more digits than float32 has (1 - 0.999 loses five of them there) is computed in
 * float64 outside and enters as scalars. Decay applies to matrices only, not to norms.
 */
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

/** What an update depends on beside its arrays. */
export interface AdamWScalars {
  readonly learningRate: number;
  readonly oneMinusBeta1: number;
  readonly oneMinusBeta2: number;
  readonly correction1: number;
  readonly correction2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** The scalars of update `step`, counted from 1. */
export function adamwScalars(config: AdamWConfig, learningRate: number, step: number): AdamWScalars {
  return {
    learningRate,
    oneMinusBeta1: 1 - config.beta1,
    oneMinusBeta2: 1 - config.beta2,
    correction1: 1 / (1 - config.beta1 ** step),
    correction2: 1 / (1 - config.beta2 ** step),
    epsilon: config.epsilon,
    weightDecay: config.weightDecay,
  };
}

/** The Euclidean norm of all gradients together, from the sum of squares of each. Rounded to float32 at every step. */
export function globalNorm(squares: readonly number[]): number {
  return Math.fround(Math.sqrt(squares.reduce((sum, square) => Math.fround(sum + square))));
}

/** In float64, in four sums that a processor adds up side by side. */
export function sumOfSquares(x: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = x.length - (x.length % 4);
  for (let i = 0; i < fours; i += 4) {
    a += x[i]! * x[i]!;
    b += x[i + 1]! * x[i + 1]!;
    c += x[i + 2]! * x[i + 2]!;
    d += x[i + 3]! * x[i + 3]!;
  }
  for (let i = fours; i < x.length; i++) a += x[i]! * x[i]!;
  return a + b + (c + d);
}

/** What gradients are multiplied by: 1, or clipNorm / norm where the norm exceeds it. */
export function clipScale(norm: number, clipNorm: number): number {
  const limit = Math.fround(clipNorm);
  return limit > 0 && norm > limit ? Math.fround(limit / norm) : 1;
}
