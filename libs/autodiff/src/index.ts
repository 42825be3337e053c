export { gradients, vectorJacobian } from './gradients.js';
export { VJP_RULES, type VjpRule } from './rules.js';
