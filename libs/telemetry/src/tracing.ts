/**
 * Spans and their context, on the OpenTelemetry API alone: without the SDK (see register.ts) every function here does
 * nothing but call `fn`.
 *
 * A span's context follows awaits and gRPC calls by itself. It does not follow work that is queued and done later,
 * worker threads, or a restart: there `carrier()` makes it data, to be given back to `withCarrier` or used as a link.
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
 * A trace context as data (W3C traceparent and tracestate); empty when nothing is recorded. Can cross `postMessage`.
 */
export type Carrier = Record<string, string>;

/** Where a span stands. */
export interface SpanPlace {
  /** Begins a trace of its own instead of continuing the present one. */
  root?: boolean;
  /** Its parent, in place of the present span. */
  parent?: Carrier;
  /** Spans of other traces that it belongs with, such as a run's. */
  links?: readonly Carrier[];
}

const tracer = () => trace.getTracer('soar');

/** Runs `fn` in a new span that ends with it. An error marks the span and is thrown on. */
export async function withSpan<T>(
  name: SpanName,
  attributes: Attributes,
  fn: (span: Span) => Promise<T> | T,
  place: SpanPlace = {},
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

/** Adds attributes to the present span, once they are known. */
export function setAttributes(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(defined(attributes));
}

/** The present span as data. */
export function carrier(): Carrier {
  const carried: Carrier = {};
  propagation.inject(context.active(), carried);
  return carried;
}

/** Runs `fn` as if in the span that `carried` was taken in. */
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

function defined(attributes: Attributes): Record<string, string | number | boolean> {
  const entries = Object.entries(attributes).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(entries) as Record<string, string | number | boolean>;
}
