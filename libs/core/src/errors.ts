/**
 * The three kinds of failure (ARCHITECTURE.md, "Three kinds of failure").
 *
 * A wrong answer is a value and needs no class. What a user or a caller did wrong, or what the world refused, is a
 * `UserError`: one message that says what, where and what to do, a machine-readable reason, and no stack trace when
 * shown. A broken invariant is an `InvariantError`: a bug of ours, which ends the process.
 */

/** Machine-readable reasons; they travel in google.rpc.ErrorInfo.reason and never change their meaning. */
export type Reason =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'DATA_LOSS'
  | 'NOT_FINITE'
  | 'UNAUTHENTICATED'
  | 'INTERNAL';

/** Something the user or the caller can mend. `message` is one line: what is wrong, where, what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    message: string,
    readonly reason: Reason = 'INVALID_ARGUMENT',
    /** Field or file the error is about, for google.rpc.BadRequest and for tools. */
    readonly where?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A queue is full: the same request is welcome later. Travels as google.rpc.RetryInfo. */
export class Overloaded extends UserError {
  constructor(
    message: string,
    /** When to try again, in milliseconds. */
    readonly retryAfterMs: number,
  ) {
    super(message, 'RESOURCE_EXHAUSTED');
  }
}

/** A broken invariant: a bug in this software, never the user's fault. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Asserts an invariant. The message names the operation, what was expected and what was got. */
export function invariant(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantError(typeof message === 'string' ? message : message());
}

/** The message of anything thrown, for one-line display. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
