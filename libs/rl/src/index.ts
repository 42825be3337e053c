export { normaliseAdvantages, rlooAdvantages } from './advantages.js';
export { k1, k3 } from './kl.js';
export { learnability } from './learnability.js';
export { passAtK } from './pass-at-k.js';
export { argMax, medianIndex, movingAverage, windowRewards, type ScoredStep } from './promotion.js';
export {
  propositionOneViolations,
  propositionOneWarnings,
  type LossFinding,
  type TeacherLoss,
} from './proposition-one.js';
export {
  centredMovingAverage,
  normalisedSlopes,
  STOPPING_RULE,
  stoppingStep,
  type Slope,
  type StoppingRule,
} from './stopping.js';
