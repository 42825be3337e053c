/**
 * Answers that are right when they have the gold's text, up to spaces and Unicode form (NFKC), and letter case where
 * the option `ignoreCase` says so. For names, words, codes: nothing is known of what they mean.
 */
import { UserError } from '@soar/core';
import type { Verification } from '@soar/verify';
import type { AnswerVerifier, ParsedAnswer } from '../domain.js';
import { verifyBox } from '../marks.js';

export function exactVerifier(raw: Readonly<Record<string, unknown>>): AnswerVerifier {
  const textOf = ignoresCase(raw) ? (text: string) => plain(text).toLowerCase() : plain;
  const judge = (gold: string, extracted: string): Verification => {
    const [expected, got] = [textOf(gold), textOf(extracted)];
    const common = { extracted, boxed: true, goldOccurs: expected !== '' && got.includes(expected) };
    if (expected === '') return { ...common, verdict: 'GOLD_UNPARSEABLE', stage: 'parse:gold' };
    return { ...common, verdict: got === expected ? 'CORRECT' : 'INCORRECT', stage: 'equal:string' };
  };
  return {
    verify: (gold, response) => verifyBox(gold, response, judge),
    judge,
    parseAnswer(answer): ParsedAnswer {
      const canonical = textOf(answer);
      return canonical === '' ? { ok: false, reason: 'the answer is empty' } : { ok: true, canonical };
    },
  };
}

function plain(text: string): string {
  return text.normalize('NFKC').replace(/\s+/g, ' ').trim();
}

function ignoresCase(raw: Readonly<Record<string, unknown>>): boolean {
  for (const [name, value] of Object.entries(raw)) {
    const where = `options.${name}`;
    if (name !== 'ignoreCase')
      throw new UserError(`${where}: unknown option; use ignoreCase`, 'INVALID_ARGUMENT', where);
    if (typeof value !== 'boolean') {
      const what = `expected true or false, got ${JSON.stringify(value)}`;
      throw new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', where);
    }
  }
  return raw['ignoreCase'] === true;
}
