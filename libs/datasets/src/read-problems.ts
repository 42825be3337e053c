/** Reads and writes problem files: JSON Lines, one problem per line. A file is accepted or refused as a whole. */
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '@soar/core';
import { problemOf, type Problem } from './problem.js';
import { writeWhole } from '@soar/files';

/** Largest file read, in bytes. */
const BYTES_MAX = 1024 * 1024 * 1024;
const ERRORS_SHOWN_MAX = 5;

/**
 * The problems of the JSONL file at `path`, in its order. Throws UserError with file and line on an empty file, a
 * malformed line, a missing, empty or oversized field, and an id that occurs twice.
 */
export async function readProblems(path: string): Promise<Problem[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const what = missing
      ? 'not found; expected a JSONL file of problems'
      : `cannot be read: ${messageOf(error)}`;
    throw new UserError(`${path}: ${what}`, missing ? 'NOT_FOUND' : 'FAILED_PRECONDITION', path, {
      cause: error,
    });
  }
  if (bytes.length > BYTES_MAX) {
    throw new UserError(
      `${path}: ${bytes.length} bytes; expected at most ${BYTES_MAX}`,
      'INVALID_ARGUMENT',
      path,
    );
  }
  return parseProblemLines(decodeUtf8(bytes, path), path);
}

/**
 * As `readProblems`, from the text of a file; every message starts with `source`. One error names the first few
 * malformed lines.
 */
export function parseProblemLines(text: string, source: string): Problem[] {
  const problems: Problem[] = [];
  const errors: string[] = [];
  const lineOf = new Map<string, number>();
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `${source}:${i + 1}`;
    try {
      const problem = problemOf(parseLine(line, where), where);
      const before = lineOf.get(problem.id) ?? i + 1;
      if (before !== i + 1)
        errors.push(`${where}: id ${JSON.stringify(problem.id)} is already on line ${before}`);
      lineOf.set(problem.id, before);
      problems.push(problem);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error.message);
    }
  }
  if (errors.length > 0) {
    const more = errors.length > ERRORS_SHOWN_MAX ? [`and ${errors.length - ERRORS_SHOWN_MAX} more`] : [];
    const message = [...errors.slice(0, ERRORS_SHOWN_MAX), ...more].join('\n  ');
    throw new UserError(message, 'INVALID_ARGUMENT', source);
  }
  if (problems.length > 0) return problems;
  throw new UserError(
    `${source}: holds no problems; expected one JSON object per line with id, question and answer`,
    'INVALID_ARGUMENT',
    source,
  );
}

/** The text of a problem file; reading it gives the same problems. */
export function formatProblemLines(problems: readonly Problem[]): string {
  return problems
    .map(({ id, question, answer, extra }) => `${JSON.stringify({ id, question, answer, ...extra })}\n`)
    .join('');
}

/** Writes a problem file, whole or not at all. */
export async function writeProblems(path: string, problems: readonly Problem[]): Promise<void> {
  await writeWhole(path, formatProblemLines(problems));
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new UserError(`${where}: malformed JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', where, {
      cause: error,
    });
  }
}

function decodeUtf8(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UserError(`${path}: not UTF-8 text; expected JSON Lines`, 'INVALID_ARGUMENT', path, {
      cause: error,
    });
  }
}
