/** Answers that are whole before they are sent, and the statuses of errors. */
import type { UserError } from '@soar/core';
import type { ServerResponse } from 'node:http';

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Its Content-Type. */
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

export function send(response: ServerResponse, { status = 200, type, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

const STATUS: Readonly<Record<UserError['reason'], number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  FAILED_PRECONDITION: 409,
  BUILD_CHANGED: 409,
  NOT_FINITE: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  DATA_LOSS: 500,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** The HTTP status of an error. */
export function statusOf({ reason }: UserError): number {
  return STATUS[reason];
}
