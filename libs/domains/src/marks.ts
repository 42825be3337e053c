/** Answers between other marks than a verifier's own: found in the response, then judged as if they stood in a box. */
import { boxesOf, type Verification, type VerifyOptions } from '@soar/verify';
import type { Marks } from './definition.js';
import type { AnswerVerifier } from './domain.js';

/** The end of a response that is read, in UTF-16 units. */
const RESPONSE_TAIL = 65_536;

/** What stands between the last `marks` of `response`, trimmed; without `close`, up to the end of the line. */
function lastBetween(response: string, { open, close }: Marks): string | undefined {
  const text = response.slice(-RESPONSE_TAIL);
  const end = close === '' ? text.length : text.lastIndexOf(close);
  if (end < 0) return undefined;
  const at = text.slice(0, end).lastIndexOf(open);
  if (at < 0) return undefined;
  const inside = text.slice(at + open.length, end);
  return (close === '' ? inside.split('\n')[0]! : inside).trim();
}

/** Judges the content of the last box of `response` by `judge`. */
export function verifyBox(
  gold: string,
  response: string,
  judge: (gold: string, answer: string) => Verification,
): Verification {
  const box = boxesOf(response.slice(-RESPONSE_TAIL)).at(-1);
  return box === undefined ? noAnswer() : judge(gold, box.content.trim());
}

/** Judges what stands between the last `marks` of `response`. */
export function verifyMarked(
  judge: NonNullable<AnswerVerifier['judge']>,
  marks: Marks,
  gold: string,
  response: string,
  options?: VerifyOptions,
): Verification {
  const found = lastBetween(response, marks);
  return found === undefined || found === '' ? noAnswer() : judge(gold, found, options);
}

/**
 * `judge` of a verifier that reads boxes. A text whose braces would leave the box is an answer but a wrong one, so that
 * nothing in it can open another box.
 */
export function judgeInBox(verify: AnswerVerifier['verify']): NonNullable<AnswerVerifier['judge']> {
  return (gold, answer, options) => {
    const boxed = `\\boxed{${answer}}`;
    const isWhole = boxesOf(answer).length > 0 || boxesOf(boxed).at(-1)?.content === answer;
    if (!isWhole) {
      const goldOccurs = gold.trim() !== '' && answer.includes(gold.trim());
      return {
        verdict: 'INCORRECT',
        extracted: answer,
        stage: 'extract:mark parse:answer',
        boxed: true,
        goldOccurs,
      };
    }
    const judged = verify(gold, boxesOf(answer).length > 0 ? answer : boxed, {
      ...options,
      extraction: 'boxed',
    });
    return { ...judged, stage: judged.stage.replace('extract:boxed', 'extract:mark') };
  };
}

function noAnswer(): Verification {
  return {
    verdict: 'NO_ANSWER',
    extracted: undefined,
    stage: 'extract:none',
    boxed: false,
    goldOccurs: false,
  };
}
