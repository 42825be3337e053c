/**
 * Problem files: JSON lines of {"id", "question", "answer"}. Further fields are the user's own and are left alone. What a
 * question means and whether its answer can be graded is a domain's business, not this file's.
 *
 * Pure: text in, problems or one error out. All that is wrong is collected first, so that nothing is begun on half a file.
 */
import { UserError } from '@soar/core';

/** A question with a checkable answer; soar.common.v1.Problem has the same fields and limits. */
export interface Problem {
  /** Unique within its set; at most 200 bytes. */
  readonly id: string;
  /** At most 32 KiB. */
  readonly question: string;
  /** The gold answer, without an answer mark; at most 4 KiB. */
  readonly answer: string;
}

const ERRORS_SHOWN_MAX = 5;
const bytesMax = { id: 200, question: 32_768, answer: 4_096 } as const;

/** The problems in `text`; `source` (a file's name) begins every error. Throws UserError INVALID_ARGUMENT. */
export function parseProblemLines(text: string, source: string): Problem[] {
  const problems: Problem[] = [];
  const errors: string[] = [];
  const lineOf = new Map<string, number>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const problem = parseProblem(line);
    if (typeof problem === 'string') {
      errors.push(`${source}:${index + 1}: ${problem}`);
      continue;
    }
    const before = lineOf.get(problem.id);
    if (before !== undefined) {
      errors.push(
        `${source}:${index + 1}: id ${JSON.stringify(problem.id)} stands on line ${before} already`,
      );
    }
    lineOf.set(problem.id, index + 1);
    problems.push(problem);
  }
  if (errors.length > 0) {
    const more = errors.length > ERRORS_SHOWN_MAX ? [`and ${errors.length - ERRORS_SHOWN_MAX} more`] : [];
    const message = [...errors.slice(0, ERRORS_SHOWN_MAX), ...more].join('\n  ');
    throw new UserError(message, 'INVALID_ARGUMENT', source);
  }
  if (problems.length === 0) {
    throw new UserError(
      `${source}: holds no problems; expected lines of {"id": ..., "question": ..., "answer": ...}`,
      'INVALID_ARGUMENT',
      source,
    );
  }
  return problems;
}

/** Refuses two splits that share an id: what is trained on must not be what is measured. Throws UserError. */
export function requireDisjoint(
  train: readonly Problem[],
  trainSource: string,
  test: readonly Problem[],
  testSource: string,
): void {
  const ids = new Set(train.map((problem) => problem.id));
  const shared = test.filter((problem) => ids.has(problem.id));
  if (shared.length === 0) return;
  const more = shared.length > 1 ? ` and ${shared.length - 1} more` : '';
  throw new UserError(
    `${testSource}: id ${JSON.stringify(shared[0]!.id)}${more} also in ${trainSource}; a problem belongs to one split`,
    'INVALID_ARGUMENT',
    testSource,
  );
}

/** The file's text for `problems`, one line each. */
export function formatProblemLines(problems: readonly Problem[]): string {
  return problems.map(({ id, question, answer }) => `${JSON.stringify({ id, question, answer })}\n`).join('');
}

/** The problem on a line, or what is wrong with it. */
function parseProblem(line: string): Problem | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return 'expected an object {"id": ..., "question": ..., "answer": ...}';
  }
  const fields = json as Record<string, unknown>;
  for (const [name, max] of Object.entries(bytesMax)) {
    const value = fields[name];
    if (typeof value !== 'string' || value === '') {
      return `${name}: expected text, got ${value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)}`;
    }
    const bytes = new TextEncoder().encode(value).length;
    if (bytes > max) return `${name}: ${bytes} bytes, at most ${max}`;
  }
  return {
    id: fields['id'] as string,
    question: fields['question'] as string,
    answer: fields['answer'] as string,
  };
}
