/**
 * Domains that another service lists and grades: a client of VerifierService that trusts nothing, and the conformance
 * checks that a domain of one's own passes. Used by the verifier, which grades by it, and by the command line.
 */
export { DomainService, type DomainServiceOptions, type GradedItem } from './domain-service.js';
export type { Graded, ListedDomain } from './replies.js';
