#!/usr/bin/env node
/** Entry of the `soar` command: runs it and turns what it throws into a message on stderr and an exit code. */
import { describeError, exitCodeOf, Interrupted } from './exit.js';
import { createProgram, loadCommands } from './program.js';

// `soar ... | head`: who reads no further ends the command, and with it what it started, without a word.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodeOf(new Interrupted('nobody reads the output')));
});

try {
  await createProgram(await loadCommands(process.argv[2])).parseAsync();
} catch (error) {
  const text = describeError(error);
  if (text !== undefined) process.stderr.write(`${text}\n`);
  process.exitCode = exitCodeOf(error);
}
