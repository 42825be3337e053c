/**
 * Writes spans to a file as OTLP-JSON, one ExportTraceServiceRequest a line: the format of the OpenTelemetry
 * Collector's `otlpjsonfile` receiver and `file` exporter, so that the file opens in Jaeger through a collector.
 *
 * Every process and worker thread of a run appends to the same file. A batch is one write to a descriptor opened with
 * O_APPEND, which is atomic on local file systems, but not on network file systems.
 */
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { makeFolders } from '@soar/files';
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0];
const SUCCESS = 0;
const FAILED = 1;
const NEWLINE = Buffer.from('\n');

/** A span exporter that appends to `path`. Makes its folder if missing. */
export class TraceFileExporter implements SpanExporter {
  private readonly descriptor: number;
  private open = true;

  constructor(path: string) {
    makeFolders(dirname(path));
    this.descriptor = openSync(path, 'a');
  }

  export(spans: ReadableSpan[], done: (result: Result) => void): void {
    try {
      const json = JsonTraceSerializer.serializeRequest(spans);
      if (this.open && json !== undefined) writeSync(this.descriptor, Buffer.concat([json, NEWLINE]));
      done({ code: SUCCESS });
    } catch (error) {
      done({ code: FAILED, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  async shutdown(): Promise<void> {
    if (this.open) closeSync(this.descriptor);
    this.open = false;
  }

  async forceFlush(): Promise<void> {
    // Each batch is written at once.
  }
}
