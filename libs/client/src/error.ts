/**
 * Errors of calls, with what the services say beside the message: the reason, the fields at fault, and when to try
 * again. They are Connect's errors still, so `error.code` and `findDetails` are there too.
 */
import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@soar/contracts/grpc';

/** A field that breaks a rule of the contracts. */
export interface Violation {
  /** Where, from the request down: `config.outer_steps`. */
  readonly field: string;
  readonly description: string;
}

export class SoarError extends ConnectError {
  /** Machine-readable: NOT_FOUND, BUILD_CHANGED, ...; of what is no error of a service, Connect's code in this form. */
  readonly reason: string;
  /** What the error is about: a field, an id; '' where it is not said. */
  readonly where: string;
  readonly violations: readonly Violation[];
  /** When it is worth trying again, in ms; undefined where it is not said. */
  readonly retryAfterMs: number | undefined;

  private constructor(error: ConnectError) {
    super(error.rawMessage, error.code, error.metadata, undefined, error);
    this.details = error.details;
    this.isWireError = error.isWireError;
    this.message = error.rawMessage;
    const [info] = error.findDetails(ErrorInfoSchema);
    this.reason = info?.reason ?? reasonOf(error.code);
    this.where = info?.metadata['where'] ?? '';
    this.violations = error
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations)
      .map(({ field, description }) => ({ field, description }));
    const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.retryAfterMs = delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
  }

  /** Only these, not all of Connect's. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return (
      typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === SoarError.prototype
    );
  }

  /** Any error of a call. */
  static override from(error: unknown, code?: Code): SoarError {
    return error instanceof SoarError ? error : new SoarError(ConnectError.from(error, code));
  }

  /** An error that the caller can fix, before any call. */
  static of(message: string, code: Code = Code.InvalidArgument): SoarError {
    return new SoarError(new ConnectError(message, code));
  }
}

/** INVALID_ARGUMENT for Code.InvalidArgument. */
function reasonOf(code: Code): string {
  const words = Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  return words === 'CANCELED' ? 'CANCELLED' : words;
}
