/**
 * Domains that another service lists and grades: a client of VerifierService that trusts nothing, and the conformance
 * checks that a domain of one's own passes. Used by the verifier, which grades by it, and by the command line.
 */
export { definitionMessage } from './definition-message.js';
export { DomainService, type DomainServiceOptions, type GradedItem } from './domain-service.js';
export { checkDomain, type CheckResult } from './conformance/conformance.js';
export { subjectAt, subjectHere } from './conformance/subject.js';
export { type Graded, gradedMessage, type ListedDomain } from './replies.js';
