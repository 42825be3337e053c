/** Writes problem files: JSON Lines of id, question, answer, options and other fields. Reading gives them back. */
import { writeWhole } from '@soar/files';
import type { Problem } from './problem.js';

/** The text of a problem file. */
function formatProblemLines(problems: readonly Problem[]): string {
  return problems
    .map(
      ({ id, question, answer, options, extra }) =>
        `${JSON.stringify({ id, question, answer, options, ...extra })}\n`,
    )
    .join('');
}

/** Writes a problem file, whole or not at all. */
export async function writeProblems(path: string, problems: readonly Problem[]): Promise<void> {
  await writeWhole(path, formatProblemLines(problems));
}
