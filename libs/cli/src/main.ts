#!/usr/bin/env node
/** Entry of the `soar` command: runs it and turns what it throws into a message on stderr and an exit code. */
import { describeError, exitCodeOf } from './exit.js';
import { createProgram } from './program.js';

try {
  await createProgram().parseAsync();
} catch (error) {
  const text = describeError(error);
  if (text !== undefined) process.stderr.write(`${text}\n`);
  process.exitCode = exitCodeOf(error);
}
