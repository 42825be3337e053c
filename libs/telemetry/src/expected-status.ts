/**
 * A call that is answered NOT_FOUND is no error of the trace: callers ask whether something is there, and create it
 * when it is not. A caller that needed it fails, and its own span says so.
 *
 * The gRPC instrumentation marks every status but OK as an error. It gets its tracers from here; their spans end with
 * the status Ok when the answer was NOT_FOUND, which nothing that was set before can override.
 */
import { type Attributes, type Span, SpanStatusCode, type TracerProvider } from '@opentelemetry/api';

const NOT_FOUND = 5;
const STATUS_CODE = 'rpc.grpc.status_code';

/** Tracers of `provider` whose spans take NOT_FOUND for an answer. */
export function takingNotFound(provider: TracerProvider): TracerProvider {
  return {
    getTracer(...named) {
      const tracer = provider.getTracer(...named);
      return {
        startSpan: (...about) => taking(tracer.startSpan(...about)),
        startActiveSpan: tracer.startActiveSpan.bind(tracer),
      };
    },
  };
}

function taking(span: Span & { readonly attributes?: Attributes }): Span {
  const end = span.end.bind(span);
  span.end = (...at) => {
    if (span.attributes?.[STATUS_CODE] === NOT_FOUND) span.setStatus({ code: SpanStatusCode.OK });
    end(...at);
  };
  return span;
}
