/**
 * The three kinds of failure (ARCHITECTURE.md, "Three kinds of failure").
 *
 * A wrong answer is a value and needs no class. A mistake of the user or the caller, or a failure of the environment,
 * is a `UserError`: one message that says what, where and what to do, a machine-readable reason, and no stack trace
 * when shown. A broken invariant is an `InvariantError`: a bug in this software, which ends the process.
 */

/** Machine-readable reasons, sent in google.rpc.ErrorInfo.reason. Their meaning never changes. */
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
  | 'BUILD_CHANGED'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'INTERNAL';

/** Something the user or the caller can fix. `message` is one line: what is wrong, where, what to do. */
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

/** A queue is full: the same request may be retried later. Sent as google.rpc.RetryInfo. */
export class Overloaded extends UserError {
  constructor(
    message: string,
    /** Wait before the next attempt, in milliseconds. */
    readonly retryAfterMs: number,
  ) {
    super(message, 'RESOURCE_EXHAUSTED');
  }
}

/** A broken invariant: a bug in this software, never the user's fault. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Asserts an invariant. The message names the operation, the expected value and the actual one. */
export function invariant(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantError(typeof message === 'string' ? message : message());
}

/** The message of anything thrown, for one-line display. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
