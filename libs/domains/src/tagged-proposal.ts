/**
 * The shape in which teachers propose: a question and, behind it, an answer, each between marks, with anything around
 * them. By default `<question>...</question><answer>...</answer>`.
 *
 * The paper prints the question's closing tag without its slash, so a model that follows it writes `<question>`
 * twice: both forms are read. What the contents mean is the verifier's to say.
 */
import { boxesOf } from '@soar/verify';
import type { Marks, ProposalShape } from './definition.js';
import type { Proposal } from './domain.js';

/** Longest question and longest answer, in UTF-16 units. */
const CONTENT_LENGTH_MAX = 8192;

const QUESTION: Marks = { open: '<question>', close: '</question>' };
const ANSWER: Marks = { open: '<answer>', close: '</answer>' };

/** Reads the first question and the first answer after it. */
export function readTags(completion: string, shape?: ProposalShape): Proposal {
  const { question: q = QUESTION, answer: a = ANSWER, boxed = false } = shape ?? {};
  const opened = after(completion, q.open, 0);
  if (opened < 0) return refused(`no ${q.open} tag`);
  const closed = firstOf(completion, [q.close, q.open], opened);
  if (closed < 0) return refused(`the ${q.open} tag is not closed`);
  const question = completion.slice(opened, closed).trim();
  if (question === '') return refused('the question is empty');
  if (question.length > CONTENT_LENGTH_MAX)
    return refused(`the question is longer than ${CONTENT_LENGTH_MAX}`);
  if (question.includes(a.open)) return refused(`an ${a.open} tag inside the question`);

  const answerOpened = after(completion, a.open, closed);
  if (answerOpened < 0) return refused(`no ${a.open} tag after the question`);
  const answerClosed =
    a.close === '' ? completion.length : firstOf(completion, [a.close, a.open], answerOpened);
  if (answerClosed < 0) return refused(`the ${a.open} tag is not closed`);
  const answer = completion.slice(answerOpened, answerClosed).trim();
  if (answer === '') return refused('the answer is empty');
  if (answer.length > CONTENT_LENGTH_MAX) return refused(`the answer is longer than ${CONTENT_LENGTH_MAX}`);
  if (!boxed) return { ok: true, question, answer };
  const box = boxesOf(answer).at(-1);
  if (box === undefined) return refused('no \\boxed{} in the answer');
  return { ok: true, question, answer: box.content.trim() };
}

/** The proposal that `readTags` reads as `question` and `answer`. */
export function writeTags(question: string, answer: string, shape?: ProposalShape): string {
  const { question: q = QUESTION, answer: a = ANSWER, boxed = false } = shape ?? {};
  const stated = boxed ? `\\boxed{${answer}}` : answer;
  return `${q.open}${question}${q.close}\n${a.open}${stated}${a.close}`;
}

/**
 * A text that ends with its first question: its closing mark is put in where a stop text took it, and what stands
 * behind is left out. An answer may follow.
 */
export function closedQuestion(text: string, shape?: ProposalShape): string {
  const { question: q = QUESTION } = shape ?? {};
  const opened = Math.max(0, after(text, q.open, 0));
  const closed = firstOf(text, [q.close, q.open], opened);
  return `${closed < 0 ? text : text.slice(0, closed)}${q.close}`;
}

export function refused(reason: string): Proposal {
  return { ok: false, reason };
}

/** Index after the first `mark` at or after `from`, or -1. */
function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? -1 : at + mark.length;
}

/** Where the first of `marks` at or after `from` begins, or -1; empty ones are none. */
function firstOf(text: string, marks: readonly string[], from: number): number {
  const named = marks.filter((mark) => mark !== '');
  const found = named.map((mark) => text.indexOf(mark, from)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}
