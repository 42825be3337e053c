/** Writes problem files: JSON Lines of id, question, answer and the other fields. Reading gives the same problems. */
import { writeWhole } from '@soar/files';
import type { Problem } from './problem.js';

/** The text of a problem file. */
function formatProblemLines(problems: readonly Problem[]): string {
  return problems
    .map(({ id, question, answer, extra }) => `${JSON.stringify({ id, question, answer, ...extra })}\n`)
    .join('');
}

/** Writes a problem file, whole or not at all. */
export async function writeProblems(path: string, problems: readonly Problem[]): Promise<void> {
  await writeWhole(path, formatProblemLines(problems));
}
