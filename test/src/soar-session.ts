/**
 * Runs many `soar` commands in one process, which loads the program once. Output and exit codes are those of the
 * command, at a twentieth of the cost of a process each. For tests of output; tests of signals and of processes left
 * behind use soar-command.ts.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createProgram, loadCommands } from '@soar/cli/dist/program.js';
import { describeError, exitCodeOf } from '@soar/cli/dist/exit.js';
import type { Ended } from './soar-command.js';

const thisFile = fileURLToPath(import.meta.url);

/** Runs one command to its end, one at a time. Rejects when it takes longer. */
type Soar = (args: readonly string[], timeoutMs?: number) => Promise<Ended>;

/** Starts the process; it ends with the tests of the file that called this, or with their process. */
export function soarSession(): Soar {
  const child = fork(thisFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  after(() => child.disconnect());
  return async (args, timeoutMs = 60_000) => {
    const signal = AbortSignal.timeout(timeoutMs);
    child.send(args);
    const [ended] = (await once(child, 'message', { signal })) as [Ended];
    return ended;
  };
}

/** Runs a command as main.ts does. */
async function run(args: readonly string[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const write = { stdout: process.stdout.write, stderr: process.stderr.write };
  const catching = (name: 'stdout' | 'stderr') => (text: string | Uint8Array) => {
    printed[name] += text.toString();
    return true;
  };
  process.stdout.write = catching('stdout');
  process.stderr.write = catching('stderr');
  let code = 0;
  try {
    await createProgram(await loadCommands(args[0])).parseAsync(args, { from: 'user' });
  } catch (error) {
    const text = describeError(error);
    if (text !== undefined) printed.stderr += `${text}\n`;
    code = exitCodeOf(error);
  } finally {
    Object.assign(process.stdout, { write: write.stdout });
    Object.assign(process.stderr, { write: write.stderr });
  }
  return { code, ...printed };
}

if (process.argv[1] === thisFile)
  process.on('message', (args: readonly string[]) => void run(args).then((ended) => process.send!(ended)));
