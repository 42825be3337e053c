/**
 * The shape in which teachers propose: `<question>...</question><answer>...</answer>`, with anything around the tags.
 *
 * The paper prints the question's closing tag without its slash, so a model that follows it writes `<question>`
 * twice: both forms are read. Each domain checks the contents itself.
 */
import { boxesOf } from '@soar/verify';
import type { Proposal } from './domain.js';

/** Longest question and longest answer, in UTF-16 units. */
const CONTENT_LENGTH_MAX = 8192;

/** Reads the first question and the first answer after it; `answer` is all the text between the answer tags. */
export function readTags(completion: string): Proposal {
  const opened = after(completion, '<question>', 0);
  if (opened < 0) return refused('no <question> tag');
  const closed = firstOf(completion, ['</question>', '<question>'], opened);
  if (closed === undefined) return refused('the <question> tag is not closed');
  const question = completion.slice(opened, closed.start).trim();
  if (question === '') return refused('the question is empty');
  if (question.length > CONTENT_LENGTH_MAX)
    return refused(`the question is longer than ${CONTENT_LENGTH_MAX}`);
  if (question.includes('<answer>')) return refused('an <answer> tag inside the question');

  const answerOpened = after(completion, '<answer>', closed.end);
  if (answerOpened < 0) return refused('no <answer> tag after the question');
  const answerClosed = firstOf(completion, ['</answer>', '<answer>'], answerOpened);
  if (answerClosed === undefined) return refused('the <answer> tag is not closed');
  const answer = completion.slice(answerOpened, answerClosed.start).trim();
  if (answer === '') return refused('the answer is empty');
  if (answer.length > CONTENT_LENGTH_MAX) return refused(`the answer is longer than ${CONTENT_LENGTH_MAX}`);
  return { ok: true, question, answer };
}

/** Like `readTags`, and the answer is the content of its last box. */
export function readTagsWithBox(completion: string): Proposal {
  const tagged = readTags(completion);
  if (!tagged.ok) return tagged;
  const box = boxesOf(tagged.answer).at(-1);
  if (box === undefined) return refused('no \\boxed{} in the answer');
  return { ...tagged, answer: box.content.trim() };
}

export function refused(reason: string): Proposal {
  return { ok: false, reason };
}

/** Index after the first `tag` at or after `from`, or -1. */
function after(text: string, tag: string, from: number): number {
  const at = text.indexOf(tag, from);
  return at < 0 ? -1 : at + tag.length;
}

/** Start and end of the first of `tags` at or after `from`. */
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
