export { normaliseAdvantages, rlooAdvantages } from './advantages.js';
export { k1, k3 } from './kl.js';
export { learnability } from './learnability.js';
export { passAtK } from './pass-at-k.js';
export { argMax, medianIndex, movingAverage, windowRewards, type ScoredStep } from './promotion.js';
