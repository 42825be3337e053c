/**
 * The losses, as sums over tokens. Each token enters with a weight that the caller computes, so that one loss serves
 * pre-training (weight = 1 / tokens) and policy gradients (weight = advantage / divisor): next-token prediction is the
 * policy gradient of a text whose every token has advantage 1.
 *
 *   policy   -sum_t w_t log p_t                                 RLOO: Ahmadian et al., arXiv 2402.14740, eq. 6
 *   clipped  -sum_t min(w_t q_t, w_t clip(q_t, 1 - c, 1 + c))   PPO: arXiv 1707.06347, eq. 7; q_t = p_t / p_t(sampled)
 *   k3       sum_t u_t (r_t - 1 - ln r_t), r_t = p_ref / p_t    Schulman, "Approximating KL Divergence", 2020
 *   k1       sum_t u_t ln(p_t / p_ref)                          the same; as a loss its mean gradient is zero
 */
import { add, exp, max, min, mul, neg, sub, sumAll, type Tensor } from '@soar/onnx';

export type KlTerm = 'none' | 'k1' | 'k3';

/** -sum w log p. All [R, T]. */
export function policyLoss(logprobs: Tensor, weights: Tensor): Tensor {
  return neg(sumAll(mul(weights, logprobs)));
}

/** The clipped surrogate. `sampled`: log-probabilities when the tokens were drawn; `epsilon` a scalar. */
export function clippedLoss(logprobs: Tensor, weights: Tensor, sampled: Tensor, epsilon: Tensor): Tensor {
  const ratio = exp(sub(logprobs, sampled));
  const bounded = min(max(ratio, sub(1, epsilon)), add(epsilon, 1));
  return neg(sumAll(min(mul(weights, ratio), mul(weights, bounded))));
}

/** The KL penalty: estimates weighted and summed. `reference`: log-probabilities under the reference model. */
export function klLoss(kind: 'k1' | 'k3', logprobs: Tensor, reference: Tensor, weights: Tensor): Tensor {
  const logRatio = sub(reference, logprobs);
  const estimate = kind === 'k1' ? neg(logRatio) : sub(sub(exp(logRatio), logRatio), 1);
  return sumAll(mul(weights, estimate));
}
