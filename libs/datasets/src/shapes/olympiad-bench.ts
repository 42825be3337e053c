/**
 * OlympiadBench (He et al., arXiv 2402.14008): `final_answer` is a list, with a `unit`, a tolerance (`error`) and, for
 * physics, a `context` that several questions share.
 */
import { UserError } from '@soar/core';
import { parseAnswer } from '@soar/verify';
import type { Fields } from '../rows/row.js';

/** The question with its context. */
export function questionWithContext(question: string, fields: Fields): string {
  const context = fields['context'];
  return typeof context === 'string' && context.trim() !== '' ? `${context.trim()}\n\n${question}` : question;
}

/** The answers as one, separated by commas, with the unit where the verifier can read it. Throws UserError. */
export function listedAnswer(fields: Fields, field: string): string {
  const answers = fields[field];
  const list = Array.isArray(answers) ? answers.map(String) : [];
  if (list.length === 0) throw new UserError(`field "${field}" holds no answer: a proof cannot be graded`);
  const answer = list.join(', ');
  const unit = fields['unit'];
  if (list.length > 1 || typeof unit !== 'string' || unit.trim() === '') return answer;
  const bare = (text: string): string => text.trim().replace(/^\$([^$]*)\$$/, '$1');
  const withUnit = `${bare(answer)} ${bare(unit)}`;
  return parseAnswer(withUnit).ok ? withUnit : answer;
}

/** The absolute tolerance that a row states; undefined if there is none. */
export function toleranceOf(fields: Fields): number | undefined {
  const { error } = fields;
  const tolerance = typeof error === 'string' || typeof error === 'number' ? Number(error) : Number.NaN;
  return tolerance > 0 && Number.isFinite(tolerance) ? tolerance : undefined;
}
