/** A KL penalty of the contracts with its defaults: k3 in the loss, k1 in the reward, as TRL's RLOO has it. */
import type { KlUse } from '@soar/rl';
import { type KlConfig, KlEstimator, KlPlacement } from './gen/soar/common/v1/common_pb.js';

/** A penalty that is on. */
export interface KlPenalty extends KlUse {
  readonly coefficient: number;
}

/** The penalty of a configuration; undefined when it is off. */
export function klPenalty(config: KlConfig | undefined): KlPenalty | undefined {
  if (config === undefined || config.coefficient === 0) return undefined;
  const placement = config.placement === KlPlacement.REWARD ? 'reward' : 'loss';
  const estimator = klEstimator(config) === KlEstimator.K1 ? 'k1' : 'k3';
  return { coefficient: config.coefficient, estimator, placement };
}

/** The estimator of a configuration, on or off. */
export function klEstimator({ estimator, placement }: KlConfig): KlEstimator {
  return estimator || (placement === KlPlacement.REWARD ? KlEstimator.K1 : KlEstimator.K3);
}
