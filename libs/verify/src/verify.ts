/** Grading of one response against a gold answer. */
import { boxesOf } from './extract/boxes.js';
import type { Verification, VerifyOptions } from './verdict.js';

/** Judges `response` against `gold`. Never throws. */
export function verify(gold: string, response: string, _options: VerifyOptions = {}): Verification {
  const box = boxesOf(response.slice(-65_536)).at(-1);
  if (box === undefined) {
    return {
      verdict: 'NO_ANSWER',
      extracted: undefined,
      stage: 'extract:none',
      boxed: false,
      goldOccurs: false,
    };
  }
  const extracted = box.content.trim();
  const goldOccurs = gold.trim() !== '' && extracted.includes(gold.trim());
  const verdict = extracted.replace(/\s+/g, '') === gold.replace(/\s+/g, '') ? 'CORRECT' : 'INCORRECT';
  return { verdict, extracted, stage: 'equal:string', boxed: true, goldOccurs };
}

/** Reads a stated answer as a gold answer is read. Never throws. */
export function parseAnswer(answer: string): { ok: true; canonical: string } | { ok: false; reason: string } {
  const canonical = answer.replace(/\s+/g, '');
  return canonical === '' ? { ok: false, reason: 'the answer is empty' } : { ok: true, canonical };
}
