/**
 * Starts the OpenTelemetry SDK for this process or worker thread. register.ts loads it only if telemetry is on, because
 * the import takes a third of a second.
 */
import { trace } from '@opentelemetry/api';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import {
  defaultResource,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { createRequire } from 'node:module';
import { isMainThread, threadId } from 'node:worker_threads';
import { tracersOfCalls } from './call-spans.js';
import { setSdkDefaults, type TelemetryConfig, version } from './config.js';
import { onShutdown } from './shutdown.js';
import { TraceFileExporter } from './trace-file.js';

/** Longest time a span is buffered before it is written, so that a killed process loses little. */
const SEND_EVERY_MS = 1_000;
/** An unresponsive collector must not keep a service from exiting. */
const SHUTDOWN_MS_MAX = 3_000;
/** Health checks, reflection, builds and what the live page asks every second say nothing about a run. */
const UNTRACED = ['Check', 'Watch', 'ServerReflectionInfo', 'GetBuild', 'GetTrainerStatus'];

/** Starts recording. `shutdownTelemetry` stops it. */
export function startSdk(config: TelemetryConfig): void {
  setSdkDefaults();
  const { traceFile } = config;
  const resource = resourceFromAttributes({
    'service.name': config.service,
    'service.namespace': 'soar',
    'service.version': version,
    'process.pid': process.pid,
    ...(isMainThread ? {} : { 'thread.id': threadId }),
  });
  const grpc = new GrpcInstrumentation({ ignoreGrpcMethods: UNTRACED });
  const sdk = new NodeSDK({
    resource: defaultResource().merge(resource),
    resourceDetectors: [envDetector, serviceInstanceIdDetector],
    serviceName: config.service,
    instrumentations: [grpc],
    ...(config.logs && isMainThread ? {} : { logRecordProcessors: [] }),
    ...(config.metrics && isMainThread ? {} : { metricReaders: [] }),
    ...(traceFile === undefined ? {} : { spanProcessors: [fileProcessor(traceFile)] }),
  });
  sdk.start();
  grpc.setTracerProvider(tracersOfCalls(trace.getTracerProvider()));
  // The instrumentation patches prototypes when the module is first required; later ES imports get the patched ones.
  if (isMainThread) createRequire(import.meta.url)('@grpc/grpc-js');
  onShutdown(async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SHUTDOWN_MS_MAX);
    });
    await Promise.race([sdk.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  });
}

function fileProcessor(path: string): BatchSpanProcessor {
  return new BatchSpanProcessor({
    exporter: new TraceFileExporter(path),
    scheduledDelayMillis: SEND_EVERY_MS,
  });
}
