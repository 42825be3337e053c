import { arithmetic } from './arithmetic/index.js';
import type { Domain } from './domain.js';

export type { Domain, ParsedAnswer, Proposal } from './domain.js';
export { arithmetic } from './arithmetic/index.js';
export * as arithmeticGrammar from './arithmetic/grammar.js';

/** Every domain that configurations can name. */
export const domains: readonly Domain[] = [arithmetic];
