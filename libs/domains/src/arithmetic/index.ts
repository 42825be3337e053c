/**
 * The arithmetic domain: sums of three-digit numbers, digits added without carry (see `grammar.ts`). It ships with the
 * project as the smallest task on which all of SOAR can be seen: short sums are known, long ones fail, and the way from
 * one to the other (working a sum out step by step) can be taught by questions.
 *
 * The teacher's prompt is one constant character; the model goes on with a problem and its own solution, so what is asked
 * and whether its answer is right are the model's doing.
 */
import type { Domain, Proposal } from '../domain.js';
import { parseAnswer, verifyAnswer } from './answer.js';
import { answerOf, DIGITS, EXAM_CUE, operandsOf, OPERANDS_MAX, TEXTBOOK_CUE } from './grammar.js';

/** Reads `<question>=<steps>#<answer>`; the steps may be empty and are not judged. */
function parseProposal(completion: string): Proposal {
  const equals = completion.indexOf('=');
  if (equals < 0) return { ok: false, reason: 'no "=" after the question' };
  const question = completion.slice(0, equals);
  if (operandsOf(question) === undefined) {
    return {
      ok: false,
      reason: `the question is not a sum of 1 to ${OPERANDS_MAX} numbers of ${DIGITS} digits`,
    };
  }
  // The same reading as for a student's response; the gold here only has to be a parseable one.
  const { extracted, stage } = verifyAnswer('0'.repeat(DIGITS), completion.slice(equals + 1));
  if (extracted === undefined) return { ok: false, reason: `no single final answer (${stage})` };
  const stated = parseAnswer(extracted);
  return stated.ok ? { ok: true, question, answer: stated.canonical } : { ok: false, reason: stated.reason };
}

function oracle(question: string): string | undefined {
  const operands = operandsOf(question);
  return operands && answerOf(operands);
}

function kindOf(question: string): string {
  const count = operandsOf(question)?.length;
  if (count === undefined) return 'not well-posed';
  return count === 1 ? '1 operand' : `${count} operands`;
}

export const arithmetic: Domain = {
  name: 'arithmetic',
  description: 'Sums of three-digit numbers, digits added without carry; the answer follows the mark "#".',
  teacherPrompt: TEXTBOOK_CUE,
  parseProposal,
  studentPrompt: (question) => `${EXAM_CUE}${question}=`,
  verify: verifyAnswer,
  parseAnswer,
  oracle,
  kindOf,
};
