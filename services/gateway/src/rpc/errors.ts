/**
 * Errors of the services as Connect sends them: the same code, and the same details (reason, violations of fields, when
 * to try again), which JSON shows readably under `debug`.
 */
import { Code, ConnectError } from '@connectrpc/connect';
import { codeToString, errorToJson } from '@connectrpc/connect/protocol-connect';
import { messageOf, Overloaded, UserError } from '@soar/core';
import { wireError } from '@soar/grpc-kit';
import { type Answer, json, statusOf } from '@soar/http-kit';

/** Any error of a call. A bug is left to `log`, with an id that its caller is told. */
export function connectError(error: unknown, log: (line: string) => void): ConnectError {
  if (error instanceof ConnectError) return error;
  if (!(error instanceof UserError)) {
    log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
    return new ConnectError('a bug in the gateway; its log has the details', Code.Internal);
  }
  const { code, message, details } = wireError(error);
  return new ConnectError(message, code, headersOf(error), [...details], error);
}

/** The answer to an error outside of a call: Connect's JSON with a status of HTTP. */
export function failure(error: unknown): Answer {
  const silent = (): void => undefined; // the server has logged it
  const answer = json(errorToJson(connectError(error, silent), undefined), statusFor(error));
  return error instanceof UserError ? { ...answer, headers: headersOf(error) } : answer;
}

function statusFor(error: unknown): number {
  if (!(error instanceof UserError)) return 500;
  // Connect has one status for what must be done first and for what is wrong.
  return error.reason === 'FAILED_PRECONDITION' ? 400 : statusOf(error);
}

function headersOf(error: UserError): Record<string, string> {
  if (!(error instanceof Overloaded)) return {};
  return { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
}

/** Connect's JSON of an error that has no reason of ours. */
export function plainFailure(status: number, code: Code, message: string): Answer {
  return json({ code: codeToString(code), message }, status);
}
