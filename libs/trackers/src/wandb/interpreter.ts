/**
 * The Python that reports to Weights & Biases, whose only client that is kept is Python's. Looked at before any work:
 * does it start, and has it the packages? What it is given and answers is in wandb-pipe.ts.
 */
import { execFile } from 'node:child_process';
import { messageOf, UserError } from '@soar/core';

export interface Interpreter {
  /** A path, or a name that PATH leads to. */
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
}

const CHECK_MS = 60_000;
/** Finds modules without running wandb, whose import takes seconds. */
const FIND = `import importlib.util as i, sys
sys.exit(0 if i.find_spec("soar") and i.find_spec("soar.wandb") and i.find_spec("wandb") else 3)`;
const MISSING = 3;

/** Throws UserError: what is missing, and how to install it. */
export async function requirePython({ python, env }: Interpreter): Promise<void> {
  const install = `install it with: ${python} -m pip install "soar-rl[wandb]" (docs/python.md)`;
  const refused = (why: string): UserError =>
    new UserError(`--report-to wandb: ${why}`, 'FAILED_PRECONDITION', '--python');
  const { failure, stderr } = await new Promise<{ failure: Error | null; stderr: string }>((resolve) =>
    execFile(python, ['-c', FIND], { env, timeout: CHECK_MS, maxBuffer: 1024 * 1024 }, (error, _, text) =>
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
  if (code === MISSING) throw refused(`${python} has no package soar with W&B; ${install}`);
  throw refused(`${python} does not work: ${lastLine(stderr) || messageOf(failure)}`);
}

export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim().slice(0, 500) ?? '';
}
