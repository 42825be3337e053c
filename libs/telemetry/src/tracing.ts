/**
 * Spans and their context, on the OpenTelemetry API alone: without the SDK (see register.ts) every function here only
 * calls `fn`.
 *
 * A span's context follows awaits and gRPC calls by itself. It does not follow queued work, worker threads or a
 * restart: there `carrier()` turns it into data, for `withCarrier` or for a link.
 */
import {
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { messageOf } from '@soar/core';
import type { Attributes, SpanName } from './names.js';

/**
 * A trace context as data (W3C traceparent and tracestate); empty when nothing is recorded. `postMessage` can send
 * it.
 */
export type Carrier = Record<string, string>;

/** The place of a span among others. */
export interface SpanOptions {
  /** Starts a new trace instead of continuing the current one. */
  root?: boolean;
  /** Its parent. Default: the current span. */
  parent?: Carrier;
  /** Related spans of other traces, such as the run's. */
  links?: readonly Carrier[];
}

const tracer = () => trace.getTracer('soar');

/** Runs `fn` in a new span that ends with it. An error is recorded on the span and rethrown. */
export async function withSpan<T>(
  name: SpanName,
  attributes: Attributes,
  fn: (span: Span) => Promise<T> | T,
  place: SpanOptions = {},
): Promise<T> {
  const base = place.parent === undefined ? context.active() : contextOf(place.parent);
  const links = (place.links ?? []).map(linkOf).filter((link) => link !== undefined);
  const options = { attributes: defined(attributes), links, root: place.root ?? false };
  return tracer().startActiveSpan(name, options, base, async (span) => {
    try {
      return await fn(span);
    } catch (error) {
      span.recordException(error instanceof Error ? error : messageOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Adds attributes to the current span. */
export function setAttributes(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(defined(attributes));
}

/** The current span as data. */
export function carrier(): Carrier {
  const carried: Carrier = {};
  propagation.inject(context.active(), carried);
  return carried;
}

/** Runs `fn` in the context of the span that `carried` came from. */
export function withCarrier<T>(carried: Carrier | undefined, fn: () => T): T {
  return carried === undefined ? fn() : context.with(contextOf(carried), fn);
}

function contextOf(carried: Carrier): Context {
  return propagation.extract(ROOT_CONTEXT, carried);
}

function linkOf(carried: Carrier): Link | undefined {
  const spanContext = trace.getSpanContext(contextOf(carried));
  return spanContext === undefined ? undefined : { context: spanContext };
}

/** The attributes that have a value. */
export function defined(attributes: Attributes): Record<string, string | number | boolean> {
  const entries = Object.entries(attributes).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(entries) as Record<string, string | number | boolean>;
}
