/**
 * Spans of gRPC calls as OpenTelemetry's semantic conventions (1.45) have them: named by the whole method, with
 * `rpc.system.name`, `rpc.method`, `rpc.status_code` and, for an error, `error.type`. The gRPC instrumentation still
 * writes names of older versions and marks every status but OK as an error. It gets its tracers from here, whose spans
 * translate what it writes.
 *
 * An error of a server is what the conventions call one: a refused request is none. An error of a client is every
 * status but OK, and but NOT_FOUND: callers ask whether something is there, and create it when it is not. A caller that
 * needed it fails, and its own span says so.
 */
import { type Span, SpanKind, SpanStatusCode, type TracerProvider } from '@opentelemetry/api';
import { attributes, SERVER_ERRORS } from './names.js';

/** Of the instrumentation's span names: `grpc.soar.teacher.v1.TeacherService/Propose`. */
const PREFIX = 'grpc.';
const STATUS_CODE = 'rpc.grpc.status_code';
const MESSAGE = 'grpc.error_message';
/** What it writes that the new names already say. */
const LEFT_OUT = new Set(['rpc.system', 'rpc.service', 'rpc.method', 'grpc.error_name']);

/** Names of gRPC's status codes by number; not from grpc-js, which must not be loaded before it is patched. */
const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Tracers of `provider` for the gRPC instrumentation. */
export function tracersOfCalls(provider: TracerProvider): TracerProvider {
  return {
    getTracer(...named) {
      const tracer = provider.getTracer(...named);
      return {
        startSpan(name, options, context) {
          const method = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
          return translating(tracer.startSpan(method, options, context), method, options?.kind);
        },
        startActiveSpan: tracer.startActiveSpan.bind(tracer),
      };
    },
  };
}

function translating(span: Span, method: string, kind: SpanKind | undefined): Span {
  const setAttribute = span.setAttribute.bind(span);
  const setStatus = span.setStatus.bind(span);
  const end = span.end.bind(span);
  setAttribute(attributes.rpcSystem, 'grpc');
  setAttribute(attributes.rpcMethod, method);
  let status = 'UNKNOWN'; // an error without a status, which grpc-js sends as that
  let message: string | undefined;
  span.setAttribute = (key, value) => {
    if (key === STATUS_CODE) status = STATUS_NAMES[Number(value)] ?? 'UNKNOWN';
    else if (key === MESSAGE) message = String(value);
    else if (!LEFT_OUT.has(key)) setAttribute(key, value);
    return span;
  };
  span.setAttributes = (all) => {
    for (const [key, value] of Object.entries(all)) if (value !== undefined) span.setAttribute(key, value);
    return span;
  };
  span.setStatus = () => span; // decided at the end
  span.end = (...at) => {
    setAttribute(attributes.rpcStatus, status);
    if (isError(status, kind)) {
      setAttribute(attributes.errorType, status);
      setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    }
    end(...at);
  };
  return span;
}

function isError(status: string, kind: SpanKind | undefined): boolean {
  return kind === SpanKind.SERVER
    ? SERVER_ERRORS.includes(status)
    : status !== 'OK' && status !== 'NOT_FOUND';
}
