/**
 * An HTTP server for Prometheus: GET /metrics answers with the metrics of this process as text. Plain text and read
 * only: names of runs and models, and figures, but no texts of questions or answers. The process loads the exporter
 * only when asked to serve it. Not here: the exporters of OTEL_* variables (sdk.ts), which work beside it.
 */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { messageOf, UserError } from '@soar/core';
import { codeOf } from '@soar/files';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { version } from './config.js';
import { addMeter } from './measuring.js';

/** Where it listens, and whose metrics it serves. */
export interface MetricsEndpoint {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** service.name. */
  readonly service: string;
}

/** Scrapers come one or two at a time, every few seconds. */
const CONNECTIONS_MAX = 16;
/** Longest time for sending a request. */
const REQUEST_MS_MAX = 5_000;
/** Longest a connection is kept between two requests. */
const IDLE_MS_MAX = 65_000;

/** Starts it. Throws a UserError where it cannot listen. */
export async function serveMetrics({ host, port, service }: MetricsEndpoint): Promise<{
  readonly port: number;
  close(): Promise<void>;
}> {
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.namespace': 'soar',
    'service.version': version,
  });
  const provider = new MeterProvider({ readers: [exporter], resource });
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/metrics') response.writeHead(404).end('not found; metrics are at /metrics\n');
    else if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end('GET alone\n');
    else exporter.getMetricsRequestHandler(request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = server.headersTimeout = REQUEST_MS_MAX;
  server.keepAliveTimeout = IDLE_MS_MAX;
  await listening(server, host, port);
  const removeMeter = addMeter(provider.getMeter('soar'));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      removeMeter();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await provider.shutdown();
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const why =
        codeOf(error) === 'EADDRINUSE'
          ? 'the address is in use. Stop what listens there or choose another port (0: any free one)'
          : messageOf(error);
      reject(new UserError(`metrics ${host}:${port}: ${why}`, 'FAILED_PRECONDITION', 'metrics'));
    });
    server.listen(port, host, resolve);
  });
}
