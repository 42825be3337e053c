export type { Domain, ParsedAnswer, Proposal } from './domain.js';
export { answerPart } from './thinking.js';
export { domainNamed, domainNames, domains } from './registry.js';
export { arithmetic } from './arithmetic/index.js';
export * as arithmeticGrammar from './arithmetic/grammar.js';
export { gradingOptions } from './grading-options.js';
