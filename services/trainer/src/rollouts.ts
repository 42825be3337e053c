/**
 * A step's rollouts: sampled in groups, graded, and given their weights in the loss.
 *
 * Completions of one question that are equal token for token have equal rewards; their shares of the gradient are added
 * up and computed once. That is exact, but for a ratio clip, which is not linear in the weight.
 */
import type { KlPenalty } from '@soar/contracts';
import { k1, k3, normaliseAdvantages, normaliseOverBatch, rlooAdvantages } from '@soar/rl';
import type { Completion, TrainingText } from '@soar/runtime';
import type { Inserted } from './answers.js';
import type { Grade } from './grading.js';

/** A completion; what was put into it was not sampled, and has no part in loss, penalty or entropy. */
type Rollout = Completion & { readonly inserted?: Inserted };

/** Rollouts of one question in one step. */
export interface Group {
  readonly prompt: readonly number[];
  readonly completions: readonly Rollout[];
  readonly grades: readonly Grade[];
  /** Log-probabilities of each completion's tokens under the reference; absent without a KL penalty. */
  readonly reference?: readonly Float32Array[];
}

export interface LossSettings {
  readonly kl: KlPenalty | undefined;
  readonly clipEpsilon: number;
  /** What advantages are normalised over; undefined: they are not. */
  readonly normalise: 'question' | 'batch' | undefined;
}

/** Advantages of each group's completions: leave-one-out, of rewards less the penalty where it is placed there. */
export function advantagesOf(groups: readonly Group[], { kl, normalise }: LossSettings): number[][] {
  const rewards = groups.map((group) =>
    group.grades.map(({ reward }, i) =>
      kl?.placement === 'reward' ? reward - kl.coefficient * klSum(group, i, kl.estimator) : reward,
    ),
  );
  const advantages = rewards.map((own) => rlooAdvantages(own));
  if (normalise === 'batch') return normaliseOverBatch(advantages);
  if (normalise === 'question') return advantages.map((own, g) => normaliseAdvantages(own, rewards[g]!));
  return advantages;
}

/** Sum over completion i's tokens of the estimate of KL(policy || reference). */
export function klSum(
  { completions, reference }: Group,
  i: number,
  estimator: KlPenalty['estimator'],
): number {
  const estimate = estimator === 'k1' ? k1 : k3;
  const { logprobs: policy, inserted = NOTHING } = completions[i]!;
  const isInserted = (t: number): boolean => t >= inserted.begin && t < inserted.end;
  return reference![i]!.reduce(
    (sum, logprob, t) => (isInserted(t) ? sum : sum + estimate(policy[t]!, logprob)),
    0,
  );
}

const NOTHING: Inserted = { begin: 0, end: 0 };

/** Tokens of a completion that were sampled. */
export function sampledCount({ tokens, inserted = NOTHING }: Rollout): number {
  return tokens.length - (inserted.end - inserted.begin);
}

/**
 * The texts of a group that have a gradient, with weights advantage / divisor and coefficient / divisor: every
 * rollout's summed log-probability, and its summed KL estimate, are divided by one constant. Empty when the whole
 * gradient is zero.
 */
export function weigh(
  group: Group,
  advantages: readonly number[],
  divisor: number,
  { kl, clipEpsilon }: LossSettings,
): TrainingText[] {
  const klInLoss = kl?.placement === 'loss' ? kl.coefficient : 0;
  const merges = clipEpsilon === 0;
  const places = new Map<string, { index: number; advantage: number; count: number }>();
  group.completions.forEach(({ tokens }, index) => {
    const key = merges ? tokens.join() : String(index);
    const place = places.get(key) ?? { index, advantage: 0, count: 0 };
    place.advantage += advantages[index]!;
    place.count++;
    places.set(key, place);
  });
  return [...places.values()]
    .filter(({ advantage }) => advantage !== 0 || klInLoss > 0)
    .map(({ index, advantage, count }) => {
      const { tokens, logprobs, inserted = NOTHING } = group.completions[index]!;
      const start = group.prompt.length;
      const length = start + tokens.length;
      const overCompletion = (value: number): Float32Array =>
        new Float32Array(length).fill(value, start).fill(0, start + inserted.begin, start + inserted.end);
      const behindPrompt = (values: ArrayLike<number>): Float32Array => {
        const whole = new Float32Array(length);
        whole.set(values, start);
        return whole;
      };
      return {
        tokens: Int32Array.of(...group.prompt, ...tokens),
        weights: overCompletion(advantage / divisor),
        ...(clipEpsilon > 0 && { sampledLogprobs: behindPrompt(logprobs) }),
        ...(klInLoss > 0 && {
          referenceLogprobs: behindPrompt(group.reference![index]!),
          klWeights: overCompletion((count * klInLoss) / divisor),
        }),
      };
    });
}
