export type {
  DomainDefinition,
  DomainExample,
  DomainPrompt,
  Grading,
  Marks,
  ProposalShape,
} from './definition.js';
export type { AskedDomain, Domain, ParsedAnswer, Proposal } from './domain.js';
export { answerPart } from './thinking.js';
export { declared, gradedHere } from './declared.js';
export { askedDomain, domainNamed, domainNames, domains, gradedDomain } from './registry.js';
export * as arithmeticGrammar from './arithmetic/grammar.js';
export { closedQuestion, writeTags } from './tagged-proposal.js';
export { gradingOptions } from './grading-options.js';
