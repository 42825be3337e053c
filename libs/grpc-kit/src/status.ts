/**
 * Errors on the wire, in both directions.
 *
 * A `UserError` becomes a status with google.rpc.ErrorInfo (its reason, domain "soar"), google.rpc.BadRequest where
 * fields are at fault, and google.rpc.RetryInfo where it is `Overloaded`, in the trailer `grpc-status-details-bin` (a
 * google.rpc.Status, as every gRPC language reads it). On the client it becomes a `UserError` again, with the same
 * reason and message. Anything else thrown is a bug: INTERNAL with an id. The server's log has the same id with the
 * stack, which never leaves the server.
 */
import { create, type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { type Any, anyIs, anyPack, anyUnpack, DurationSchema } from '@bufbuild/protobuf/wkt';
import type { FieldViolation } from '@soar/contracts';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema, StatusSchema } from '@soar/contracts/grpc';
import { messageOf, Overloaded, type Reason, UserError } from '@soar/core';
import { attributes, exceptionOf, type Log } from '@soar/telemetry';
import { Metadata, status as Code, type ServiceError } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { DETAILS_BYTES_MAX, ERROR_TEXT_CHARS_MAX, VIOLATIONS_SENT_MAX } from './limits.js';

/** google.rpc.ErrorInfo.domain of every reason in @soar/core. */
const ERROR_DOMAIN = 'soar';
const DETAILS = 'grpc-status-details-bin';

const CODE_OF_REASON: Record<Reason, Code> = {
  INVALID_ARGUMENT: Code.INVALID_ARGUMENT,
  NOT_FOUND: Code.NOT_FOUND,
  ALREADY_EXISTS: Code.ALREADY_EXISTS,
  FAILED_PRECONDITION: Code.FAILED_PRECONDITION,
  RESOURCE_EXHAUSTED: Code.RESOURCE_EXHAUSTED,
  UNAVAILABLE: Code.UNAVAILABLE,
  DEADLINE_EXCEEDED: Code.DEADLINE_EXCEEDED,
  CANCELLED: Code.CANCELLED,
  DATA_LOSS: Code.DATA_LOSS,
  NOT_FINITE: Code.FAILED_PRECONDITION,
  BUILD_CHANGED: Code.FAILED_PRECONDITION,
  UNAUTHENTICATED: Code.UNAUTHENTICATED,
  PERMISSION_DENIED: Code.PERMISSION_DENIED,
  INTERNAL: Code.INTERNAL,
};

/** Reasons of statuses that carry no ErrorInfo of ours: from grpc-js itself, a proxy, or another implementation. */
const REASON_OF_CODE: Partial<Record<Code, Reason>> = {
  [Code.CANCELLED]: 'CANCELLED',
  [Code.INVALID_ARGUMENT]: 'INVALID_ARGUMENT',
  [Code.DEADLINE_EXCEEDED]: 'DEADLINE_EXCEEDED',
  [Code.NOT_FOUND]: 'NOT_FOUND',
  [Code.ALREADY_EXISTS]: 'ALREADY_EXISTS',
  [Code.PERMISSION_DENIED]: 'PERMISSION_DENIED',
  [Code.RESOURCE_EXHAUSTED]: 'RESOURCE_EXHAUSTED',
  [Code.FAILED_PRECONDITION]: 'FAILED_PRECONDITION',
  [Code.ABORTED]: 'FAILED_PRECONDITION',
  [Code.OUT_OF_RANGE]: 'INVALID_ARGUMENT',
  [Code.UNIMPLEMENTED]: 'FAILED_PRECONDITION',
  [Code.UNAVAILABLE]: 'UNAVAILABLE',
  [Code.DATA_LOSS]: 'DATA_LOSS',
  [Code.UNAUTHENTICATED]: 'UNAUTHENTICATED',
};

/** A request that breaks the rules of its .proto; carries every violation, not only those in the message. */
export class InvalidRequest extends UserError {
  constructor(
    message: string,
    readonly violations: readonly FieldViolation[],
  ) {
    super(message, 'INVALID_ARGUMENT', violations[0]?.field);
  }
}

/** The connection broke in the midst of a call: it may have had an effect, and the server may be gone. */
export class ConnectionLost extends UserError {
  constructor(message: string, options: ErrorOptions) {
    super(message, 'UNAVAILABLE', undefined, options);
  }
}

/** The error of a call as grpc-js takes it. An Error, because its streams refuse anything else. */
export type CallStatus = Error & { code: Code; details: string; metadata: Metadata };

/** The name of the status of an error that a handler threw or a call ended with. */
export function statusName(error: unknown): string {
  return error instanceof UserError ? Code[CODE_OF_REASON[error.reason]] : 'INTERNAL';
}

/** The status for an error that a handler threw. `log` gets an entry if the error is not the caller's fault. */
export function toStatus(error: unknown, method: string, log: Log): CallStatus {
  if (error instanceof UserError) return statusOf(error);
  const id = randomUUID();
  const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  log(`${method}: internal error ${id}: ${stack}`, 'error', {
    [attributes.rpcMethod]: method,
    ...exceptionOf(error),
  });
  return statusOf(new UserError(`internal error ${id}; the server's log has the details`, 'INTERNAL'));
}

function statusOf(error: UserError): CallStatus {
  const code = CODE_OF_REASON[error.reason];
  const details = wellFormed(error.message);
  const packed = packedDetails(error);
  let bytes = toBinary(StatusSchema, create(StatusSchema, { code, message: details, details: packed }));
  // The reason must arrive, so the long details are dropped first. The message is also sent outside the details.
  if (bytes.length > DETAILS_BYTES_MAX) {
    bytes = toBinary(StatusSchema, create(StatusSchema, { code, details: packed.slice(0, 1) }));
  }
  const metadata = new Metadata();
  metadata.set(DETAILS, Buffer.from(bytes));
  return Object.assign(new Error(details), { code, details, metadata });
}

/** ErrorInfo first, then what else there is to say. */
function packedDetails(error: UserError): Any[] {
  const info = create(ErrorInfoSchema, { reason: error.reason, domain: ERROR_DOMAIN });
  if (error.where !== undefined && error.where !== '') info.metadata['where'] = wellFormed(error.where, 200);
  const packed = [anyPack(ErrorInfoSchema, info)];
  if (error instanceof Overloaded) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs - 1000 * seconds) * 1e6);
    const retryDelay = create(DurationSchema, { seconds: BigInt(seconds), nanos });
    packed.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  const fieldViolations =
    error instanceof InvalidRequest ? error.violations.slice(0, VIOLATIONS_SENT_MAX) : [];
  if (fieldViolations.length > 0)
    packed.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })));
  return packed;
}

/** An error for another protocol than gRPC: gRPC's code, and the details that the service sent, or that are ours. */
export interface WireError {
  /** gRPC's number. */
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly desc: DescMessage; readonly value: Message }[];
}

/** `error`, as a call or a service threw it, for another protocol. */
export function wireError(error: UserError): WireError {
  const { cause } = error;
  const sent = isServiceError(cause) ? sentDetails(cause) : undefined;
  const details = (sent ?? packedDetails(error)).flatMap((any) => {
    const desc = DETAIL_SCHEMAS.find(({ typeName }) => anyIs(any, typeName));
    const value = desc && unpacked(any, desc);
    return desc === undefined || value === undefined ? [] : [{ desc, value }];
  });
  return { code: CODE_OF_REASON[error.reason], message: wellFormed(error.message), details };
}

function unpacked(any: Any, desc: DescMessage): Message | undefined {
  try {
    return anyUnpack(any, desc);
  } catch {
    return undefined; // not what it says it is
  }
}

const DETAIL_SCHEMAS = [ErrorInfoSchema, BadRequestSchema, RetryInfoSchema];

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

/** Bounded text without lone surrogates: grpc-js percent-encodes it into a header and throws on those. */
function wellFormed(text: string, charsMax = ERROR_TEXT_CHARS_MAX): string {
  const bounded = text.length > charsMax ? `${text.slice(0, charsMax)}...` : text;
  return Buffer.from(bounded, 'utf8').toString('utf8');
}

/** The error of a call, as the caller's `UserError`. `place`: the method and the address. */
export function fromServiceError(error: ServiceError, place: string): UserError {
  const options = { cause: error };
  const sent = detailsOf(error);
  if (sent?.info !== undefined) {
    const { reason, metadata } = sent.info;
    if (sent.retryAfterMs !== undefined) return new Overloaded(error.details, sent.retryAfterMs);
    const known = reason in CODE_OF_REASON ? (reason as Reason) : (REASON_OF_CODE[error.code] ?? 'INTERNAL');
    return new UserError(error.details, known, metadata['where'], options);
  }
  if (isBrokenConnection(error)) {
    return new ConnectionLost(`${place}: the connection broke (${oneLine(error.details)})`, options);
  }
  return new UserError(describe(error, place), REASON_OF_CODE[error.code] ?? 'INTERNAL', undefined, options);
}

/**
 * grpc-js reports a reset HTTP/2 stream or session as INTERNAL or CANCELLED, though no service sent that. UNAVAILABLE
 * it says of a connection that broke as of one that was never there.
 */
function isBrokenConnection({ code, details }: ServiceError): boolean {
  if (code === Code.UNAVAILABLE) return /^(Connection dropped|(read|write) E[A-Z]+)/.test(details);
  return (
    (code === Code.INTERNAL || code === Code.CANCELLED) && /RST_STREAM|session closed|GOAWAY/i.test(details)
  );
}

/** grpc-js's own error, with the method, the address and what to do. */
function describe(error: ServiceError, call: string): string {
  switch (error.code) {
    case Code.UNAVAILABLE:
      return `${call}: not reachable (${connectionError(error.details)}). ${whatToDo(error.details)}`;
    case Code.DEADLINE_EXCEEDED:
      return `${call}: no answer within the deadline (${oneLine(error.details).split(',')[0]})`;
    case Code.CANCELLED:
      return `${call}: cancelled`;
    case Code.UNIMPLEMENTED:
      return `${call}: the server there has no such method. Is it the right service and version?`;
    case Code.RESOURCE_EXHAUSTED:
      return `${call}: ${oneLine(error.details)} (bytes). Ask for less in one call`;
    default:
      return `${call}: ${oneLine(error.details) || Code[error.code]}`;
  }
}

/** The cause in a message of grpc-js's load balancer, without its own words, times and repetitions. */
function connectionError(details: string): string {
  const words = /round_robin: |No connection established\. |Last error: |Error: |Error \[\w+\]: /g;
  const asides = /\s*Resolution note: .*$|\s*\(\d{4}-[^)]*\)/g;
  // OpenSSL surrounds the cause with thread id, error code and source file.
  const openssl = /[0-9A-F]+:error:[0-9A-F]+:SSL routines:\w+:([^:]+):\S*\.c:\d+:(SSL alert number \d+)?/g;
  const cause = oneLine(details.replace(words, '').replace(asides, '').replace(openssl, 'TLS: $1')).trim();
  return cause.replace(/\.+$/, '') || 'no connection';
}

/** What to do about a failed connection, by its cause. */
function whatToDo(details: string): string {
  if (/certificate required/.test(details))
    return 'It requires a client certificate: give --tls-client-cert and --tls-client-key';
  if (/self.signed certificate|unable to (get|verify)/.test(details))
    return 'No authority of --tls-ca signed its certificate';
  if (/certificate has expired|not yet valid/.test(details)) return "Renew the server's certificate";
  if (/altnames/.test(details))
    return 'Use a name that its certificate carries, or renew the certificate with this name';
  if (/wrong version number|packet length too long/.test(details))
    return 'It answers without TLS: start it with --tls-cert, or leave out --tls-ca';
  // Connected and closed at once: a server that expects TLS, or does not trust the client's certificate, does this.
  if (/Failed to connect/.test(details))
    return 'It closes new connections: does it expect TLS (--tls-ca), or a certificate that another authority signed?';
  // The same, when the reset arrives before the TLS alert; or the service has just exited.
  if (/ECONNRESET/.test(details))
    return 'It reset the connection: is it exiting, or does it expect a certificate that another authority signed?';
  return 'Is the service running there?';
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}

/** ErrorInfo and retry delay of a status, if it has them and they can be decoded. */
function detailsOf(error: ServiceError) {
  const details = sentDetails(error);
  if (details === undefined) return undefined;
  try {
    const info = details
      .map((any) => anyUnpack(any, ErrorInfoSchema))
      .find((it) => it?.domain === ERROR_DOMAIN);
    const retry = details.map((any) => anyUnpack(any, RetryInfoSchema)).find((it) => it !== undefined);
    const delay = retry?.retryDelay;
    const retryAfterMs = delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
    return { info, retryAfterMs };
  } catch {
    return undefined; // Another implementation's details; the status code still says what happened.
  }
}

function sentDetails(error: ServiceError): readonly Any[] | undefined {
  const raw = error.metadata?.get(DETAILS)[0];
  if (!Buffer.isBuffer(raw)) return undefined;
  try {
    return fromBinary(StatusSchema, raw).details;
  } catch {
    return undefined;
  }
}
