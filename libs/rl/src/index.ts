/**
 * The formulas of SOAR (arXiv 2601.18778) and of the reinforcement learning in it, each with its source. Begin with
 * outer-step.ts: it says what a teacher is rewarded for, and names the files of the parts.
 */
export { normaliseAdvantages, normaliseOverBatch, rlooAdvantages } from './advantages.js';
export { k1, k3, klViolations, type KlUse } from './kl.js';
export type { ScoredStep } from './moving-average.js';
export { onPolicyViolations } from './on-policy-sampling.js';
export { scoreOuterStep, type OuterStep } from './outer-step.js';
export { passAtK } from './pass-at-k.js';
export { propositionOneViolations } from './proposition-one.js';
export type { Violation } from './violation.js';
export { RewardCurve, STOPPING_RULE, type StoppingRule, stoppingStep } from './stopping.js';
