export type { Domain, ParsedAnswer, Proposal } from './domain.js';
export { domainNamed, domainNames, domains } from './registry.js';
export * as arithmeticGrammar from './arithmetic/grammar.js';
