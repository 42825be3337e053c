/**
 * How a command ends: exit codes, and what is shown of an error.
 *
 * 0 done; 1 the work failed; 2 wrong usage or bad input; 130 interrupted. A user's error is one message without a
 * stack trace. A bug is shown with its stack trace, which a bug report needs.
 */
import { messageOf, printable, UserError, type Reason } from '@soar/core';
import { CommanderError } from 'commander';

const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Reasons that mean bad input. The others mean that the input was good but the work failed. */
const inputReasons: ReadonlySet<Reason> = new Set<Reason>([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'BUILD_CHANGED',
  'DATA_LOSS',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
]);

/** Thrown after Ctrl-C; the message says what happened to the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Exit code for anything a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof UserError) return inputReasons.has(error.reason) ? exitCodes.usage : exitCodes.failed;
  return exitCodes.failed;
}

/** Text for stderr; undefined if it has been printed already (commander prints its own errors). */
export function describeError(error: unknown): string | undefined {
  const text = textOf(error);
  return text === undefined ? undefined : printable(text);
}

function textOf(error: unknown): string | undefined {
  if (error instanceof CommanderError) return undefined;
  if (error instanceof Interrupted) return `soar: interrupted; ${error.message}`;
  if (error instanceof UserError) return `soar: ${error.message}`;
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
  return `soar: this is a bug, please report it with the lines below\n${stack}`;
}
