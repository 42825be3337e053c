/**
 * Lines of {id, gold, response} for `soar verify`, graded in this process by a domain of @soar/domains. Any text gets
 * a verdict; only a malformed line is an error, and then nothing is graded.
 */
import { UserError } from '@soar/core';
import { answerPart, gradingOptions, type Domain } from '@soar/domains';
import type { VerifyOptions } from '@soar/verify';
import { numberedLines } from './files.js';

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

/** Reads every line, or throws one UserError that lists the first malformed ones by number. */
export function parsePairs(text: string, source: string): Pair[] {
  const pairs: Pair[] = [];
  const errors: string[] = [];
  for (const { number, line } of numberedLines(text)) {
    const read = parsePair(line);
    if (typeof read === 'string') errors.push(`${source}:${number}: ${read}`);
    else pairs.push(read);
  }
  if (errors.length > 0) {
    const more = errors.length > ERRORS_SHOWN_MAX ? `\n  and ${errors.length - ERRORS_SHOWN_MAX} more` : '';
    const list = errors.slice(0, ERRORS_SHOWN_MAX).join('\n  ');
    throw new UserError(`nothing was graded; malformed lines:\n  ${list}${more}`, 'INVALID_ARGUMENT', source);
  }
  if (pairs.length === 0) {
    throw new UserError(`${source}: no lines; expected {"id": ..., "gold": ..., "response": ...} on each`);
  }
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

/** The pair on a line, or what is wrong with it. */
function parsePair(line: string): Pair | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  if (!isRecord(json)) return 'expected an object {"id": ..., "gold": ..., "response": ...}';
  const { id, gold, response, options = {} } = json;
  const named = typeof id === 'number' ? String(id) : id;
  if (typeof named !== 'string' || named === '') return `id: expected text, got ${show(id)}`;
  if (typeof gold !== 'string') return `gold: expected text, got ${show(gold)}`;
  if (typeof response !== 'string') return `response: expected text, got ${show(response)}`;
  if (!isRecord(options)) return `options: expected an object, got ${show(options)}`;
  try {
    const own = gradingOptions({ ...topLevelOptions(json), ...options });
    return { id: named, gold, response, options: own };
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Grading options that a line may also hold at its top level. Other fields are the user's and are ignored. */
const topLevelOptionNames = ['strict', 'precision', 'precision_abs', 'language'];

function topLevelOptions(json: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    topLevelOptionNames.filter((name) => json[name] != null).map((name) => [name, json[name]]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
