/**
 * A problem in a file: a question with a checkable answer, and the other fields of its line.
 *
 * The limits are those of soar.common.v1.Problem, so that a file that is accepted here is accepted by every service.
 */
import { UserError } from '@soar/core';

export interface Problem {
  /** Unique within its file; at most 200 bytes. Evaluations are keyed by it. */
  readonly id: string;
  /** The question without any prompt around it; at most 32 KiB. */
  readonly question: string;
  /** The gold answer as text, without an answer mark; at most 4 KiB. */
  readonly answer: string;
  /** The other fields of the line, as they were. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

const BYTES_MAX = { id: 200, question: 32768, answer: 4096 } as const;
type Field = keyof typeof BYTES_MAX;

/** Names of these fields in other data sets. Only suggested in messages, never assumed. */
const OTHER_NAMES = {
  id: ['unique_id', 'problem_id', 'idx', 'index'],
  question: ['problem', 'prompt', 'query', 'input'],
  answer: ['solution_answer', 'final_answer', 'gold', 'target', 'solution'],
} as const;

/** The problem in one parsed line. Every message starts with `where`: "problems.jsonl:3". Throws UserError. */
export function problemOf(line: unknown, where: string): Problem {
  if (typeof line !== 'object' || line === null || Array.isArray(line)) {
    throw new UserError(
      `${where}: expected a JSON object with id, question and answer`,
      'INVALID_ARGUMENT',
      where,
    );
  }
  const fields = line as Readonly<Record<string, unknown>>;
  const read = (field: Field): string => textOf(fields, field, where);
  const extra = Object.fromEntries(
    Object.entries(fields).filter(([name]) => !Object.hasOwn(BYTES_MAX, name)),
  );
  return { id: read('id'), question: read('question'), answer: read('answer'), extra };
}

/**
 * A field's text. Whole numbers count as text, since answers and ids are often written so; other numbers may lose
 * digits and are refused.
 */
function textOf(fields: Readonly<Record<string, unknown>>, field: Field, where: string): string {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  const refuse = (what: string): UserError => new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', where);
  if (value === undefined) {
    const other = OTHER_NAMES[field].find((known) => Object.hasOwn(fields, known));
    const hint = other === undefined ? '' : `; if "${other}" is meant, rename it`;
    throw refuse(`field "${field}" is missing${hint}`);
  }
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string') throw refuse(`field "${field}": expected text, got ${JSON.stringify(value)}`);
  if (text.trim() === '') throw refuse(`field "${field}" is empty`);
  const bytes = Buffer.byteLength(text);
  if (bytes > BYTES_MAX[field]) {
    throw refuse(`field "${field}" has ${bytes} bytes; expected at most ${BYTES_MAX[field]}`);
  }
  return text;
}
