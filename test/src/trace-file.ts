/** Spans of a file that `soar demo --trace` wrote (OTLP-JSON lines), and the calls between services in them. */
import { readFileSync } from 'node:fs';

export interface Span {
  readonly service: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'other';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** Trace ids that it links to. */
  readonly links: readonly string[];
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

interface OtlpSpan {
  readonly name: string;
  readonly kind?: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly links?: readonly { readonly traceId: string }[];
}

interface OtlpLine {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string;
        readonly value: { readonly stringValue?: string };
      }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** OTLP's numbers of span kinds. */
const kinds: Readonly<Record<number, Span['kind']>> = { 1: 'internal', 2: 'server', 3: 'client' };

/** Every span in the file. */
export function readSpans(file: string): Span[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.flatMap((line) =>
    (JSON.parse(line) as OtlpLine).resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
      return scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({
          service,
          name: span.name,
          kind: kinds[span.kind ?? 0] ?? 'other',
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId ?? '',
          links: (span.links ?? []).map(({ traceId }) => traceId),
          startMs: Number(span.startTimeUnixNano) / 1e6,
          endMs: Number(span.endTimeUnixNano) / 1e6,
        })),
      );
    }),
  );
}

/** "coordinator -> teacher.Propose" for every call that both ends recorded, once each, sorted. */
export function callsIn(spans: readonly Span[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const calls = spans
    .filter((span) => span.kind === 'server')
    .flatMap((server) => {
      const client = byId.get(server.parentSpanId);
      const method = server.name.split('/').at(-1);
      return client?.kind === 'client' ? [`${client.service} -> ${server.service}.${method}`] : [];
    });
  return [...new Set(calls)].sort();
}
