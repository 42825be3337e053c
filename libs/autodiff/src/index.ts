export { gradients } from './gradients.js';
export { VJP_RULES, type VjpRule } from './rules.js';
