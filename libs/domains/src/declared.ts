/**
 * The domain that a definition declares. Definitions come from files and from other services: what cannot work is
 * refused here, by field, before any model is asked. Limits of single fields are rules of the .proto.
 */
import { UserError } from '@soar/core';
import type { VerifyOptions } from '@soar/verify';
import type { DomainDefinition, Grading } from './definition.js';
import type { AnswerVerifier, AskedDomain, Domain, Proposal } from './domain.js';
import { verifyMarked } from './marks.js';
import { readTags, refused } from './tagged-proposal.js';
import { verifierNamed, verifierNames } from './verifiers.js';

/** What an error names before a field: "" or "domain_definition". */
type Where = string;

/** The domain of a definition whose answers are graded here. Throws UserError that names the field. */
export function gradedHere(definition: DomainDefinition, where: Where = ''): Domain {
  const { name, grading } = definition;
  if (grading === undefined) {
    throw refusal(
      where,
      'grading',
      `missing: the answers of ${JSON.stringify(name)} are graded by the service that lists it; name a verifier ` +
        `(${verifierNames().join(', ')}) to grade them here`,
    );
  }
  const asked = declared(definition, where);
  const { verify, judge, parseAnswer } = verifierOf(grading, where);
  const { mark } = grading;
  if (mark === undefined) return { ...asked, verify, parseAnswer };
  return {
    ...asked,
    parseAnswer,
    verify: (gold: string, response: string, options?: VerifyOptions) =>
      verifyMarked(judge!, mark, gold, response, options),
  };
}

/** The domain of a definition, as far as models are asked in it. Throws UserError that names the field. */
export function declared(definition: DomainDefinition, where: Where = ''): AskedDomain {
  checkPrompts(definition, where);
  const { name, proposal, grading } = definition;
  if (proposal?.question?.close === '') {
    throw refusal(
      where,
      'proposal.question.close',
      'must not be empty: the answer stands behind the question',
    );
  }
  if (proposal?.answer?.open === '') {
    throw refusal(
      where,
      'proposal.answer.open',
      'must not be empty: something tells the answer from the question',
    );
  }
  const verifier = grading && verifierOf(grading, where);
  return {
    name,
    definition,
    parseProposal: verifier?.parseProposal ?? ((completion) => proposalIn(completion, definition, verifier)),
    ...(verifier && { parseAnswer: (answer: string) => verifier.parseAnswer(answer) }),
    ...(verifier?.oracle && { oracle: verifier.oracle }),
    ...(verifier?.kindOf && { kindOf: verifier.kindOf }),
  };
}

/** Reads what stands between the marks; where answers are graded here, its answer must be readable. */
function proposalIn(
  completion: string,
  { proposal }: DomainDefinition,
  verifier: AnswerVerifier | undefined,
): Proposal {
  const tagged = readTags(completion, proposal);
  if (!tagged.ok || verifier === undefined) return tagged;
  const { question, answer } = tagged;
  if (verifier.goldOf !== undefined) return verifier.goldOf(question, answer);
  const parsed = verifier.parseAnswer(answer);
  return parsed.ok ? tagged : refused(`the answer: ${parsed.reason}`);
}

function verifierOf({ verifier: name, mark, options = {} }: Grading, where: Where): AnswerVerifier {
  const verifier = named(name, options, where);
  if (verifier === undefined) {
    const known = verifierNames().join(', ');
    throw refusal(
      where,
      'grading.verifier',
      `${JSON.stringify(name.slice(0, 64))} is unknown; use one of ${known}`,
    );
  }
  if (mark === undefined) return verifier;
  if (verifier.judge === undefined)
    throw refusal(where, 'grading.mark', `${name} has a mark of its own; leave it out`);
  if (mark.open === '')
    throw refusal(where, 'grading.mark.open', 'must not be empty: an answer stands behind it');
  return verifier;
}

function named(
  name: string,
  options: Readonly<Record<string, unknown>>,
  where: Where,
): AnswerVerifier | undefined {
  try {
    return verifierNamed(name, options);
  } catch (error) {
    if (!(error instanceof UserError) || error.where === undefined) throw error;
    const rest = error.message.slice(error.message.indexOf(': ') + 2);
    throw refusal(where, `grading.${error.where}`, rest);
  }
}

/** Whether a template can put the question in. */
function asks(template: string): boolean {
  return /\{[{%]/.test(template) && /\bquestion\b/.test(template);
}

function checkPrompts({ student, teacher }: DomainDefinition, where: Where): void {
  for (const [name, prompt] of Object.entries({ student, teacher })) {
    if (prompt === undefined || (prompt.text === '' && prompt.messages.length === 0))
      throw refusal(where, name, 'missing: give messages, text, or both');
  }
  const { messages, text } = student!;
  const missing = 'no {{question}} in it: the model would not see the question';
  if (text !== '' && !asks(text)) throw refusal(where, 'student.text', missing);
  if (messages.length > 0 && !messages.some(({ content }) => asks(content)))
    throw refusal(where, 'student.messages', missing);
  if (teacher!.textStop.length > 0)
    throw refusal(where, 'teacher.textStop', "is for the student's prompt; write stop instead");
}

function refusal(where: Where, field: string, what: string): UserError {
  const place = where === '' ? field : `${where}.${field}`;
  return new UserError(`${place}: ${what}`, 'INVALID_ARGUMENT', place);
}
