/**
 * What a domain is: the prompts of a model and the grading of its answers. One folder per domain, one object of this
 * interface in it, one line in `registry.ts`; nothing else in the system knows a domain by name.
 *
 * Pure: strings in, values out. The teacher service uses the teacher half, the trainer the student half, the verifier
 * the judging half. The oracle is for measuring only: no reward depends on it.
 */
import type { VerifyOptions, Verification } from '@soar/verify';

/** A proposal that a teacher's completion was parsed into, or the reason why it is malformed. */
export type Proposal =
  | { readonly ok: true; readonly question: string; readonly answer: string }
  | { readonly ok: false; readonly reason: string };

/** Outcome of reading an answer the way a gold answer would be read. `canonical` is equal for equal answers. */
export type ParsedAnswer =
  { readonly ok: true; readonly canonical: string } | { readonly ok: false; readonly reason: string };

export interface Domain {
  /** Stable name in configurations and requests: lower case, digits, dashes. */
  readonly name: string;
  /** One sentence for ListDomains. */
  readonly description: string;

  /** The constant prompt every teacher rollout starts from (paper, section 2.2: no seed examples). */
  readonly teacherPrompt: string;
  /** Reads one teacher completion (the text after the prompt, without special tokens). */
  parseProposal(completion: string): Proposal;

  /**
   * The prompt that screening, training and evaluation all give the student for `question`: raw text, for a model
   * without a chat template.
   */
  studentPrompt(question: string): string;
  /** The same as the user's turn of a chat. */
  studentTurn(question: string): string;
  /** Texts that begin another turn behind the raw prompt; an answer ends before them. */
  readonly stop: readonly string[];

  /** Judges `response` (the text after the prompt) against `gold`. Never throws on any text. */
  verify(gold: string, response: string, options?: VerifyOptions): Verification;
  /** Reads a stated answer, as a gold answer is read. Never throws. */
  parseAnswer(answer: string): ParsedAnswer;

  /**
   * Exact answer where the domain can compute it; undefined when the question is not well-posed. For measuring only.
   */
  readonly oracle?: (question: string) => string | undefined;
  /** A short label of the kind of question, for the reports ("3 operands"). For measuring only. */
  readonly kindOf?: (question: string) => string;
}
