export type { Domain, ParsedAnswer, Proposal } from './domain.js';
