/**
 * What a teacher's loss must be for Proposition 1 of SOAR to hold. Pure.
 *
 * Rejection sampling changes the distribution of a rollout y from pi(y) to pi(y) / Z(phi), with Z the chance of acceptance.
 * The gradient then has a term -(sum_i w_i A_i) grad ln Z, over all rollouts i with weight w_i and advantage A_i. RLOO
 * advantages sum to zero over the datasets, so the term vanishes where every rollout of every dataset has the same weight
 * and its dataset's advantage unchanged. Whatever gives rollouts weights or advantages of their own brings the bias back.
 */

/** The parts of a teacher's loss that matter here. */
export interface TeacherLoss {
  /** A rollout's log-probability: summed over its tokens, or their mean, which weighs short rollouts more. */
  readonly logProbability: 'sum' | 'token-mean';
  /** Where a KL penalty enters; `none` where its coefficient is 0. */
  readonly kl: 'none' | 'loss' | 'reward';
  /** PPO's bound on the probability ratio; 0 for none. */
  readonly clipEpsilon: number;
  /** Whether advantages are divided by the standard deviation of the rewards. */
  readonly normaliseAdvantages: boolean;
  /** Rollouts of each dataset that enter the loss. */
  readonly rolloutsPerDataset: readonly number[];
}

/** A setting and what it does to the proposition. */
export interface LossFinding {
  readonly setting: keyof TeacherLoss;
  /** One line for a user: what it does and what to set instead. */
  readonly message: string;
}

/** Settings that void Proposition 1: rejected rollouts would bias the teacher. Empty when it holds. */
export function propositionOneViolations(loss: TeacherLoss): LossFinding[] {
  const found: LossFinding[] = [];
  const add = (setting: keyof TeacherLoss, message: string): void => void found.push({ setting, message });
  if (loss.logProbability === 'token-mean') {
    add('logProbability', 'a mean over tokens weighs short rollouts more than long ones; use the sum');
  }
  if (loss.kl === 'reward') {
    add(
      'kl',
      'a KL penalty in the reward gives the rollouts of one dataset different advantages; put it in the loss',
    );
  }
  if (loss.clipEpsilon !== 0) {
    add(
      'clipEpsilon',
      'a bound on the ratio drops the gradient of some rollouts and not of others; set it to 0',
    );
  }
  if (new Set(loss.rolloutsPerDataset).size > 1) {
    const counts = loss.rolloutsPerDataset.join(', ');
    add('rolloutsPerDataset', `datasets of ${counts} rollouts weigh differently; give all the same number`);
  }
  return found;
}

/** Settings under which Proposition 1 holds and that still change what the teacher learns. */
export function propositionOneWarnings(loss: TeacherLoss): LossFinding[] {
  if (!loss.normaliseAdvantages) return [];
  const message =
    'one factor for all advantages keeps their sum at zero, but steps with small rewards then weigh as much as others';
  return [{ setting: 'normaliseAdvantages', message }];
}
