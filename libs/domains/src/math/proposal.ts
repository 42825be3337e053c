/**
 * Reading a teacher's completion: `<question>...</question><answer>\boxed{...}</answer>`, with anything around the tags.
 *
 * The paper prints the question's closing tag without its slash, so a model that follows it writes `<question>` twice:
 * both forms are read. A proposal needs both tag pairs, a box in the answer, and contents that the verifier can parse.
 */
import { boxesOf, parseAnswer } from '@soar/verify';
import type { Proposal } from '../domain.js';

/** Longest question, in UTF-16 units, that is taken. */
const QUESTION_LENGTH_MAX = 8192;

/** Reads one completion; the first question counts, and the first answer after it. */
export function parseProposal(completion: string): Proposal {
  const opened = after(completion, '<question>', 0);
  if (opened < 0) return { ok: false, reason: 'no <question> tag' };
  const closed = firstOf(completion, ['</question>', '<question>'], opened);
  if (closed === undefined) return { ok: false, reason: 'the <question> tag is not closed' };
  const question = completion.slice(opened, closed.start).trim();
  if (question === '') return { ok: false, reason: 'the question is empty' };
  if (question.length > QUESTION_LENGTH_MAX) {
    return {
      ok: false,
      reason: `the question has ${question.length} characters, at most ${QUESTION_LENGTH_MAX}`,
    };
  }
  if (question.includes('<answer>')) return { ok: false, reason: 'an <answer> tag inside the question' };

  const answerOpened = after(completion, '<answer>', closed.end);
  if (answerOpened < 0) return { ok: false, reason: 'no <answer> tag after the question' };
  const answerClosed = firstOf(completion, ['</answer>', '<answer>'], answerOpened);
  if (answerClosed === undefined) return { ok: false, reason: 'the <answer> tag is not closed' };
  const box = boxesOf(completion.slice(answerOpened, answerClosed.start)).at(-1);
  if (box === undefined) return { ok: false, reason: 'no \\boxed{} in the answer' };
  const answer = box.content.trim();
  const parsed = parseAnswer(answer);
  return parsed.ok ? { ok: true, question, answer } : { ok: false, reason: `the answer: ${parsed.reason}` };
}

/** Index after the first `tag` at or after `from`, or -1. */
function after(text: string, tag: string, from: number): number {
  const at = text.indexOf(tag, from);
  return at < 0 ? -1 : at + tag.length;
}

/** Where the first of `tags` stands at or after `from`. */
function firstOf(
  text: string,
  tags: readonly string[],
  from: number,
): { start: number; end: number } | undefined {
  let best: { start: number; end: number } | undefined;
  for (const tag of tags) {
    const start = text.indexOf(tag, from);
    if (start >= 0 && (best === undefined || start < best.start)) best = { start, end: start + tag.length };
  }
  return best;
}
