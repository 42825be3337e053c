/**
 * What a teacher's update must be for Proposition 1 of SOAR to hold. Pure. The one place where its conditions are
 * checked.
 *
 * Rejection sampling changes the distribution of a rollout y from pi(y) to pi(y) / Z(phi), with Z the probability of
 * acceptance. The update takes grad ln pi(y) all the same and so leaves out the term -(sum_i w_i A_i) grad ln Z, over
 * all rollouts i with weight w_i and advantage A_i. Leave-one-out advantages sum to zero over the datasets; the term
 * therefore vanishes where every rollout of every dataset has the same weight and the advantage of its dataset,
 * unchanged.
 *
 * Two more things would give rollouts weights of their own: a mean over the tokens of a rollout instead of their sum,
 * and clipping the probability ratio. A teacher's update has no setting for either (UpdatePolicy in
 * trainer_service.proto).
 */
import type { Violation } from './violation.js';

/** Leave-one-out advantages sum to zero but for rounding: to this share of the sum of their magnitudes. */
const SUM_TOLERANCE = 1e-6;

/** What is known of a teacher's update. */
export interface TeacherUpdate {
  /** Whether a KL penalty is subtracted from the rewards of rollouts. */
  readonly klInReward: boolean;
  /** Rollouts of each dataset in the loss, [datasets]. */
  readonly rolloutsPerDataset: readonly number[];
  /** A_k, [datasets]. Not yet known where a run's configuration is checked. */
  readonly advantages?: readonly number[];
}

/** Why rejected rollouts would bias this update; empty when Proposition 1 holds. */
export function propositionOneViolations(update: TeacherUpdate): Violation[] {
  const { klInReward, rolloutsPerDataset, advantages } = update;
  const found: Violation[] = [];
  if (klInReward) {
    const message =
      'a KL penalty in the reward gives the rollouts of one dataset different advantages, and rejected rollouts then ' +
      'bias the teacher (Proposition 1); put it in the loss';
    found.push({ setting: 'kl.placement', message });
  }
  found.push(...sizeViolations(rolloutsPerDataset));
  if (advantages !== undefined) found.push(...advantageViolations(advantages, rolloutsPerDataset.length));
  return found;
}

function sizeViolations(sizes: readonly number[]): Violation[] {
  if (sizes.length < 2) {
    const message = `RLOO compares datasets with each other: expected at least 2, got ${sizes.length}`;
    return [{ setting: 'datasets', message }];
  }
  const other = sizes.findIndex((size) => size !== sizes[0]);
  if (other < 0) return [];
  const message = `expected ${sizes[0]} rollouts as in the first (Proposition 1), got ${sizes[other]}`;
  return [{ setting: `datasets[${other}]`, message }];
}

function advantageViolations(advantages: readonly number[], datasets: number): Violation[] {
  const setting = 'advantages';
  if (advantages.length !== datasets) {
    return [{ setting, message: `expected one for each of ${datasets} datasets, got ${advantages.length}` }];
  }
  const bad = advantages.findIndex((advantage) => !Number.isFinite(advantage));
  if (bad >= 0) {
    return [{ setting: `${setting}[${bad}]`, message: `expected a finite number, got ${advantages[bad]}` }];
  }
  const sum = advantages.reduce((total, advantage) => total + advantage, 0);
  const magnitude = advantages.reduce((total, advantage) => total + Math.abs(advantage), 0);
  if (Math.abs(sum) <= SUM_TOLERANCE * magnitude) return [];
  const message = `expected leave-one-out advantages, which sum to 0 (Proposition 1), got a sum of ${sum}`;
  return [{ setting, message }];
}
