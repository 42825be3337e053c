#!/usr/bin/env node
/** Entry of the `soar` command: runs it and turns what it throws into a message on stderr and an exit code. */
import { describeError, exitCodeOf, Interrupted } from './exit.js';
import { createProgram, loadCommands } from './program.js';
import { printText } from './progress.js';

// `soar ... | head`: when the reader closes the pipe, the command and the services it started end silently.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodeOf(new Interrupted('stdout was closed')));
});

try {
  await createProgram(await loadCommands(process.argv[2])).parseAsync();
} catch (error) {
  const text = describeError(error);
  if (text !== undefined) printText(text, process.stderr, 'failure');
  process.exitCode = exitCodeOf(error);
}
