/**
 * The arithmetic domain: rows of three-digit numbers with one operation between them, digit by digit (see
 * `grammar.ts`). It ships with the project as the smallest task that shows all of SOAR: the base model solves short
 * problems and fails long ones, and the habit that it lacks (working a problem out step by step) can be taught by
 * questions of the right kind.
 *
 * The teacher's prompt is one constant character; the model continues with a problem and its own solution. So the
 * choice of question and the correctness of its answer are the model's own.
 */
import { builtIn } from '../definition.js';
import type { AnswerVerifier, Proposal } from '../domain.js';
import { parseAnswer, verifyAnswer } from './answer.js';
import {
  ANSWER_MARK,
  answerOf,
  DIGITS,
  EXAM_CUE,
  kindOf,
  OPERANDS_MAX,
  readQuestion,
  TEXTBOOK_CUE,
} from './grammar.js';

/** Reads `<question>=<steps>#<answer>`; the steps may be empty and are not judged. */
function parseProposal(completion: string): Proposal {
  const equals = completion.indexOf('=');
  if (equals < 0) return { ok: false, reason: 'no "=" after the question' };
  const question = completion.slice(0, equals);
  if (readQuestion(question) === undefined) {
    return {
      ok: false,
      reason: `the question is not 1 to ${OPERANDS_MAX} numbers of ${DIGITS} digits with one operation between them`,
    };
  }
  // Read as a student's response is. The gold only has to be parseable here.
  const { extracted, stage } = verifyAnswer('0'.repeat(DIGITS), completion.slice(equals + 1));
  if (extracted === undefined) return { ok: false, reason: `no single final answer (${stage})` };
  const stated = parseAnswer(extracted);
  return stated.ok ? { ok: true, question, answer: stated.canonical } : { ok: false, reason: stated.reason };
}

function oracle(text: string): string | undefined {
  const question = readQuestion(text);
  return question && answerOf(question);
}

function labelOf(text: string): string {
  const question = readQuestion(text);
  return question === undefined ? 'not well-posed' : kindOf(question);
}

const EXAM = `${EXAM_CUE}{{question}}=`;

export const arithmeticVerifier: AnswerVerifier = {
  verify: verifyAnswer,
  parseAnswer,
  parseProposal,
  oracle,
  kindOf: labelOf,
};

export const arithmeticDefinition = builtIn({
  name: 'arithmetic',
  description:
    'Sums, differences, maxima and minima of three-digit numbers, digit by digit; the answer follows the mark "#".',
  student: { messages: [{ role: 'user', content: EXAM }], text: EXAM, stop: [], textStop: [] },
  teacher: TEXTBOOK_CUE,
  proposal: {
    question: { open: '', close: '=' },
    answer: { open: ANSWER_MARK, close: '' },
    boxed: false,
  },
  examples: [{ question: '865+840', answer: '605', right: '#605', wrong: '#705' }],
});
