/**
 * Reading and judging an answer of the arithmetic domain.
 *
 * The answer follows the only answer mark and ends the response. A response with several marks has no box, so that
 * listing candidates earns nothing. Nor has one with text after the answer, or with a long run of digits in which the
 * gold number would occur by chance. Equality is of text: `007` and `7` differ, since numbers have a fixed width.
 */
import type { Verification } from '@soar/verify';
import type { ParsedAnswer } from '../domain.js';
import { ANSWER_MARK, DIGITS } from './grammar.js';

/** Longest run of digits that still counts as an answer, right or wrong. */
const BOX_DIGITS_MAX = 2 * DIGITS;
const BOX = new RegExp(`^\\d{1,${BOX_DIGITS_MAX}}$`);
const NUMBER = new RegExp(`^\\d{${DIGITS}}$`);

/** Reads a stated answer: exactly DIGITS ASCII digits, nothing else. */
export function parseAnswer(answer: string): ParsedAnswer {
  if (NUMBER.test(answer)) return { ok: true, canonical: answer };
  return { ok: false, reason: `expected ${DIGITS} digits, got ${JSON.stringify(clip(answer))}` };
}

/** Judges `response` (everything after the student's prompt, without special tokens) against `gold`. Never throws. */
export function verifyAnswer(gold: string, response: string): Verification {
  const first = response.indexOf(ANSWER_MARK);
  if (first < 0) return noAnswer('extract:no-mark');
  if (first !== response.lastIndexOf(ANSWER_MARK)) return noAnswer('extract:several-marks');
  const extracted = response.slice(first + ANSWER_MARK.length);
  if (!BOX.test(extracted)) return noAnswer('extract:not-a-number');
  if (!parseAnswer(gold).ok) {
    return { verdict: 'GOLD_UNPARSEABLE', extracted, stage: 'gold', boxed: true, goldOccurs: false };
  }
  const verdict = extracted === gold ? 'CORRECT' : 'INCORRECT';
  return { verdict, extracted, stage: 'equal:string', boxed: true, goldOccurs: extracted.includes(gold) };
}

function noAnswer(stage: string): Verification {
  return { verdict: 'NO_ANSWER', extracted: undefined, stage, boxed: false, goldOccurs: false };
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
