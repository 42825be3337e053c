/**
 * Which samples a policy may be trained on. Pure. The one place where training on truncated samples is refused.
 *
 * The policy gradient E_{y ~ pi}[A(y) grad ln pi(y)] is a mean over samples of the very pi that is differentiated: the
 * softmax over the whole vocabulary, at the temperature of sampling. Top-k and top-p draw from another distribution, pi
 * cut off and scaled up, whose log-probability the loss does not take; greedy decoding draws from none, and all samples
 * are alike.
 *
 * It holds for teacher and students. It is no rule for evaluation, where samples are only counted.
 */
import type { Violation } from './violation.js';

/** How tokens are drawn. */
export interface TokenSampling {
  /** 0: greedy. */
  readonly temperature: number;
  /** Tokens that may be drawn; 0: all. */
  readonly topK: number;
  /** Probability mass that may be drawn; 0 and 1: all. */
  readonly topP: number;
}

/** Why samples drawn like this cannot be trained on; empty when they can. */
export function onPolicyViolations({ temperature, topK, topP }: TokenSampling): Violation[] {
  const found: Violation[] = [];
  const add = (setting: string, message: string): void => void found.push({ setting, message });
  if (!(temperature > 0)) {
    add('temperature', `a policy is not trained on greedy samples: expected above 0, got ${temperature}`);
  }
  if (topK !== 0) {
    add('top_k', `a policy is not trained on truncated samples: expected 0 (off), got ${topK}`);
  }
  if (topP !== 0 && topP !== 1) {
    add('top_p', `a policy is not trained on truncated samples: expected 0 or 1 (off), got ${topP}`);
  }
  return found;
}
