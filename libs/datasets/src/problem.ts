/**
 * A problem: a question with a checkable answer, and the other fields of its row.
 *
 * The limits are those of soar.common.v1.Problem, so that a file that is accepted here is accepted by every service.
 */
import { createHash } from 'node:crypto';
import { UserError } from '@soar/core';
import { isOptionName, readOptions, type VerifyOptions } from '@soar/verify';
import type { Fields } from './rows/row.js';
import { answerIn, solutionIn } from './shapes/answers.js';
import { fieldOf, textOf } from './shapes/fields.js';
import { controlCharacter, lostBackslash } from './shapes/lost-backslash.js';
import { listedAnswer, questionWithContext, toleranceOf } from './shapes/olympiad-bench.js';
import type { Shape } from './shapes/shape.js';

export interface Problem {
  /** Unique within its file; at most 200 bytes. Evaluations are keyed by it. */
  readonly id: string;
  /** The question without any prompt around it; at most 32 KiB. */
  readonly question: string;
  /** The gold answer as text, without an answer mark; at most 4 KiB. */
  readonly answer: string;
  /** Options of its grading, such as a tolerance; see VerifyOptions. */
  readonly options?: VerifyOptions;
  /** The other fields of the row, as they were. */
  readonly extra?: Fields;
}

const BYTES_MAX = { id: 200, question: 32768, answer: 4096 } as const;
/** Digits of an id that is made: 64 bits, so that a million problems do not collide. */
const ID_DIGITS = 16;

/** The problem in a row of a file of this shape. Throws UserError that names the field, but not the row. */
export function problemOf(fields: Fields, shape: Shape): Problem {
  const stated = textOf(fields, shape.question, 'user');
  const question = shape.isListed ? questionWithContext(stated, fields) : stated;
  const answer = shape.isListed
    ? listedAnswer(fields, shape.answer)
    : answerIn(textOf(fields, shape.answer, 'assistant'), shape.mark, shape.answer);
  const id = shape.id === undefined ? idOf(question, answer) : textOf(fields, shape.id, 'user');
  for (const [name, text] of Object.entries({ id, question, answer } as const))
    check(name as keyof typeof BYTES_MAX, text);
  const options = optionsOf(fields, shape);
  const used = new Set<string | undefined>([
    'id',
    'question',
    'answer',
    shape.id,
    shape.question,
    shape.answer,
  ]);
  if (options !== undefined) used.add('options');
  return {
    id,
    question,
    answer,
    ...(options !== undefined && { options }),
    extra: Object.fromEntries(Object.entries(fields).filter(([name]) => !used.has(name))),
  };
}

/** Fields that hold a solution beside an answer. */
const SOLUTIONS = ['solution', 'solution_1', 'generated_solution'];

/** The solution that a row has, with the answer in it or beside it. */
export function solutionOf(fields: Fields, { answer, mark }: Shape): string | undefined {
  if (mark !== undefined) return solutionIn(textOf(fields, answer, 'assistant'), mark);
  const name = SOLUTIONS.find((each) => each !== answer && typeof fieldOf(fields, each) === 'string');
  return name === undefined ? undefined : textOf(fields, name, 'assistant');
}

/**
 * The options that a row states: in a field of its own, or as the tolerance of OlympiadBench. A field without any known
 * option is something else, such as the options of a choice. Throws UserError.
 */
function optionsOf(fields: Fields, { isListed }: Shape): VerifyOptions | undefined {
  const { options } = fields;
  if (typeof options === 'object' && options !== null && Object.keys(options).some(isOptionName)) {
    const read = readOptions(options as Fields);
    if (read.ok) return read.options;
    throw new UserError(`options.${read.option}: ${read.reason}`);
  }
  const tolerance = isListed ? toleranceOf(fields) : undefined;
  return tolerance === undefined ? undefined : { precisionAbs: tolerance };
}

/** An id that depends on question and answer alone: the same problem has it in every file. */
function idOf(question: string, answer: string): string {
  return createHash('sha256')
    .update(JSON.stringify([question, answer]))
    .digest('hex')
    .slice(0, ID_DIGITS);
}

function check(name: keyof typeof BYTES_MAX, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > BYTES_MAX[name])
    throw new UserError(`the ${name} has ${bytes} bytes; expected at most ${BYTES_MAX[name]}`);
  const wrong = lostBackslash(text) ?? (name === 'question' ? undefined : controlCharacter(text));
  if (wrong !== undefined) throw new UserError(`the ${name} ${wrong}`);
}
