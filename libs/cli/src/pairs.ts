/**
 * Rows of {id, gold, response} for `soar verify`, graded in this process by a domain of @soar/domains. Any response
 * gets a verdict; only a malformed row is an error, and then nothing is graded.
 */
import { UserError } from '@soar/core';
import { controlCharacter, lostBackslash, readRows, type Fields } from '@soar/datasets';
import { answerPart, gradingOptions, type Domain } from '@soar/domains';
import type { VerifyOptions } from '@soar/verify';

export interface Pair {
  readonly id: string;
  readonly gold: string;
  readonly response: string;
  readonly options: VerifyOptions;
}

/** One output line. `extracted` is null where no answer was found. */
export interface PairVerdict {
  readonly id: string;
  readonly verdict: string;
  readonly extracted: string | null;
  readonly stage: string;
}

const ERRORS_SHOWN_MAX = 5;
const PAIRS_MAX = 1_000_000;

/** Reads every row of a file in any format of problems, or throws one UserError that lists the first malformed ones. */
export async function readPairs(file: string): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const errors: string[] = [];
  let count = 0;
  for await (const { place, fields, error } of readRows(file)) {
    const read = fields === undefined ? error! : pairOf(fields);
    if (typeof read !== 'string') pairs.push(read);
    else if (++count <= ERRORS_SHOWN_MAX) errors.push(`${place}: ${read}`);
    if (pairs.length > PAIRS_MAX) throw new UserError(`${file}: more than ${PAIRS_MAX} rows; split it`);
  }
  if (count > 0) {
    const more = count > ERRORS_SHOWN_MAX ? [`and ${count - ERRORS_SHOWN_MAX} more`] : [];
    const list = ['nothing was graded; malformed rows:', ...errors, ...more].join('\n  ');
    throw new UserError(list, 'INVALID_ARGUMENT', file);
  }
  if (pairs.length === 0)
    throw new UserError(
      `${file}: holds no rows; expected {"id": ..., "gold": ..., "response": ...} on each line`,
    );
  return pairs;
}

/** Grades one pair; the line's own options win over `defaults`. */
export function gradePair(domain: Domain, pair: Pair, defaults: VerifyOptions): PairVerdict {
  const { verdict, extracted, stage } = domain.verify(pair.gold, answerPart(pair.response), {
    ...defaults,
    ...pair.options,
  });
  return { id: pair.id, verdict, extracted: extracted ?? null, stage };
}

/** The pair in a row, or what is wrong with it. */
function pairOf(fields: Fields): Pair | string {
  const { options = {} } = fields;
  const [id, gold, response] = [textOf(fields['id']), textOf(fields['gold']), textOf(fields['response'])];
  if (id === undefined || id === '') return `id: expected text, got ${show(fields['id'])}`;
  if (gold === undefined) return `gold: expected text, got ${show(fields['gold'])}`;
  if (response === undefined) return `response: expected text, got ${show(fields['response'])}`;
  const wrong = lostBackslash(gold) ?? controlCharacter(gold);
  if (wrong !== undefined) return `gold: ${wrong}`;
  if (!isRecord(options)) return `options: expected an object, got ${show(options)}`;
  try {
    const own = gradingOptions({ ...topLevelOptions(fields), ...options });
    return { id, gold, response, options: own };
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Grading options that a line may also hold at its top level. Other fields are the user's and are ignored. */
const topLevelOptionNames = ['strict', 'precision', 'precision_abs', 'language'];

function topLevelOptions(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    topLevelOptionNames.filter((name) => fields[name] != null).map((name) => [name, fields[name]]),
  );
}

/** Text, or a number as the file has it. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
