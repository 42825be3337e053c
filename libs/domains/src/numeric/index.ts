/**
 * Answers that are one number, written as people do: 1,234.5, -3/4, 6.02e23, $12. Compared exactly, or within the
 * options `tolerance` (relative to the gold) and `precisionAbs`. Formulas and units are the mathematics verifier's.
 */
import { UserError } from '@soar/core';
import { rational, type Verification, type VerifyOptions } from '@soar/verify';
import type { AnswerVerifier, ParsedAnswer } from '../domain.js';
import { gradingOptions } from '../grading-options.js';
import { verifyBox } from '../marks.js';
import { readNumber } from './number.js';

const OPTIONS: readonly string[] = ['tolerance', 'precisionAbs'];

export function numericVerifier(raw: Readonly<Record<string, unknown>>): AnswerVerifier {
  const own = gradingOptions(raw);
  const other = Object.keys(own).find((name) => !OPTIONS.includes(name));
  if (other !== undefined) {
    const where = `options.${other}`;
    throw new UserError(
      `${where}: numeric has no such option; use tolerance or precisionAbs`,
      'INVALID_ARGUMENT',
      where,
    );
  }
  const judge = (gold: string, extracted: string, options?: VerifyOptions): Verification =>
    judgeNumber(gold, extracted, { ...own, ...options });
  return {
    verify: (gold, response, options) =>
      verifyBox(gold, response, (expected, answer) => judge(expected, answer, options)),
    judge,
    parseAnswer(answer): ParsedAnswer {
      const value = readNumber(answer);
      return value === undefined
        ? { ok: false, reason: 'expected one number, such as 1,234.5, -3/4 or 6e23' }
        : { ok: true, canonical: rational.toText(value) };
    },
  };
}

function judgeNumber(gold: string, extracted: string, options: VerifyOptions): Verification {
  const common = {
    extracted,
    boxed: true,
    goldOccurs: gold.trim() !== '' && extracted.includes(gold.trim()),
  };
  const expected = readNumber(gold);
  if (expected === undefined) return { ...common, verdict: 'GOLD_UNPARSEABLE', stage: 'parse:gold' };
  const got = readNumber(extracted);
  if (got === undefined) return { ...common, verdict: 'INCORRECT', stage: 'parse:answer' };
  const verdict = isNear(got, expected, options) ? 'CORRECT' : 'INCORRECT';
  return { ...common, verdict, stage: 'equal:number' };
}

/** Whether they are equal, or differ by at most what the options allow. */
function isNear(
  got: rational.Rational,
  expected: rational.Rational,
  { tolerance = 0, precisionAbs = 0 }: VerifyOptions,
): boolean {
  if (rational.equals(got, expected)) return true;
  const difference = rational.add(got, rational.negate(expected));
  const relative = rational.multiply(readNumber(String(tolerance))!, expected);
  const absolute = readNumber(String(precisionAbs));
  if (difference === undefined || relative === undefined || absolute === undefined) return false;
  const distance = magnitude(difference);
  return [magnitude(relative), absolute].some((bound) => rational.compare(distance, bound) <= 0);
}

function magnitude(value: rational.Rational): rational.Rational {
  return value.n < 0n ? rational.negate(value) : value;
}
