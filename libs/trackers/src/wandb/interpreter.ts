/**
 * The Python that reports to Weights & Biases, whose only client that is kept is Python's. Looked at before any work:
 * does it start, and has it the packages? What it is given and answers is in wandb-pipe.ts.
 */
import { execFile } from 'node:child_process';
import { messageOf, printableLine, UserError } from '@soar/core';

export interface Interpreter {
  /** A path, or a name that PATH leads to. */
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Importing wandb takes seconds, and it may ask its server who one is. */
const CHECK_MS = 90_000;
/** Ends with it for what a user can mend, and says it in one line. */
const USER_PROBLEM = 2;

/** Throws UserError: what is missing, and how to mend it. */
export async function requirePython({ python, env }: Interpreter): Promise<void> {
  const refused = (why: string): UserError =>
    new UserError(`--report-to wandb: ${why}`, 'FAILED_PRECONDITION', '--python');
  const settings = { env, timeout: CHECK_MS, maxBuffer: 1024 * 1024 };
  const { failure, stderr } = await new Promise<{ failure: Error | null; stderr: string }>((resolve) =>
    execFile(python, ['-m', 'soar.wandb', '--check'], settings, (error, _, text) =>
      resolve({ failure: error, stderr: text }),
    ),
  );
  if (failure === null) return;
  const { code } = failure as { code?: unknown };
  if (code === 'ENOENT' || code === 'EACCES')
    throw refused(
      `${python} cannot be started (${code}); name a Python that has soar-rl[wandb] with --python or SOAR_PYTHON ` +
        '(docs/python.md)',
    );
  const said = printableLine(lastLine(stderr));
  if (code === USER_PROBLEM) throw refused(said.replace(/^soar-wandb: /, ''));
  if (/No module named '?soar/.test(said))
    throw refused(
      `${python} has no package soar: install the wheel of the release with its extra, soar-rl[wandb], or name ` +
        'another Python with --python or SOAR_PYTHON (docs/python.md)',
    );
  throw refused(`${python} does not work: ${said || printableLine(messageOf(failure))}`);
}

export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim().slice(0, 500) ?? '';
}
