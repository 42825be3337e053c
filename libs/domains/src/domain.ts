/**
 * What a domain is: a definition, which is data, and what follows from it: the reading of proposals and the grading of
 * answers. The code of a grading is a verifier (verifiers.ts); nothing else in the system knows a domain by name.
 *
 * Pure: strings in, values out. The teacher service uses the prompts and the parser of proposals, the trainer the
 * student's prompts, the verifier the judging half. The oracle is for measuring only: no reward depends on it.
 */
import type { Verification, VerifyOptions } from '@soar/verify';
import type { DomainDefinition } from './definition.js';

/** A proposal that a teacher's completion was parsed into, or the reason why it is malformed. */
export type Proposal =
  | { readonly ok: true; readonly question: string; readonly answer: string }
  | { readonly ok: false; readonly reason: string };

/** Outcome of reading an answer the way a gold answer would be read. `canonical` is equal for equal answers. */
export type ParsedAnswer =
  | { readonly ok: true; readonly canonical: string }
  | { readonly ok: false; readonly reason: string };

/** What is for measuring only. */
export interface Measuring {
  /** Exact answer where it can be computed; undefined when the question is not well-posed. */
  readonly oracle?: (question: string) => string | undefined;
  /** A short label of the kind of question, for the reports ("3 operands"). */
  readonly kindOf?: (question: string) => string;
}

/** A domain as far as models are asked in it; its answers may be graded elsewhere. */
export interface AskedDomain extends Measuring {
  readonly name: string;
  readonly definition: DomainDefinition;
  /** Reads one teacher completion (the text after the prompt, without special tokens). */
  parseProposal(completion: string): Proposal;
  /** Reads a stated answer, as a gold answer is read; absent where that is done elsewhere. Never throws. */
  parseAnswer?(answer: string): ParsedAnswer;
}

/** A domain whose answers are graded here. */
export interface Domain extends AskedDomain {
  /** Judges `response` (the text after the prompt) against `gold`. Never throws on any text. */
  verify(gold: string, response: string, options?: VerifyOptions): Verification;
  /** Reads a stated answer, as a gold answer is read. Never throws. */
  parseAnswer(answer: string): ParsedAnswer;
}

/** How answers are graded: the code that definitions name. */
export interface AnswerVerifier extends Measuring {
  /** Judges a response by the verifier's own answer mark. Never throws on any text. */
  verify(gold: string, response: string, options?: VerifyOptions): Verification;
  /** Judges the text of an answer that stood between other marks; absent where none can take the place of its own. */
  judge?(gold: string, answer: string, options?: VerifyOptions): Verification;
  /** Reads a stated answer, as a gold answer is read. Never throws. */
  parseAnswer(answer: string): ParsedAnswer;
  /** The gold answer of a proposal; default: as stated, where parseAnswer can read it. */
  goldOf?(question: string, stated: string): Proposal;
  /** Reads a completion whole, in place of the proposal's marks. */
  parseProposal?(completion: string): Proposal;
}
