/**
 * Whether telemetry is on and where it goes, from the environment: the standard OTEL_* variables, SOAR_TRACE_FILE (a
 * file for the spans of every process and worker thread, without a server) and SOAR_SERVICE (the service's name). Off
 * when no exporter, endpoint or trace file is set. The SDK itself reads all other OTEL_* variables (protocol,
 * headers, sampler).
 */

import { createRequire } from 'node:module';

/** Version of this software: service.version of spans and metrics. */
export const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

/** The settings that register.ts needs. */
export interface TelemetryConfig {
  /** service.name of the spans. */
  service: string;
  /** File for spans as OTLP-JSON lines, instead of the OTLP exporters. */
  traceFile: string | undefined;
  /** Whether metrics are exported. */
  metrics: boolean;
  /** Whether log lines are exported, beside standard error. */
  logs: boolean;
}

type Signal = 'TRACES' | 'METRICS' | 'LOGS';

/** Whether the environment says where a signal goes. */
function isSent(signal: Signal, env: NodeJS.ProcessEnv): boolean {
  const switches = [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`,
    `OTEL_${signal}_EXPORTER`,
  ];
  return switches.some((name) => (env[name] ?? '') !== '');
}

/** The configuration, or undefined when telemetry is off. */
export function telemetryConfig(
  env: NodeJS.ProcessEnv = process.env,
  main = process.argv[1],
): TelemetryConfig | undefined {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return undefined;
  const traceFile = env['SOAR_TRACE_FILE'] || undefined;
  const [metrics, logs] = [isSent('METRICS', env), isSent('LOGS', env)];
  if (traceFile === undefined && !metrics && !logs && !isSent('TRACES', env)) return undefined;
  const service = env['OTEL_SERVICE_NAME'] || env['SOAR_SERVICE'] || serviceOf(main);
  return { service, traceFile, metrics, logs };
}

/**
 * Timeout of one export; OTEL_EXPORTER_OTLP_TIMEOUT overrides it. The SDK's default of 10 s would delay exits.
 */
const EXPORT_MS_MAX = 3_000;

/** Sets defaults that the SDK reads only from the environment. */
export function setSdkDefaults(env: NodeJS.ProcessEnv = process.env): void {
  env['OTEL_EXPORTER_OTLP_TIMEOUT'] ??= String(EXPORT_MS_MAX);
}

/** `trainer` for `services/trainer/dist/main.js`; `soar` (the command) for anything else. */
function serviceOf(main: string | undefined): string {
  const match = /(?:services|@soar)[\\/]([a-z-]+)[\\/]dist[\\/]main\.js$/.exec(main ?? '');
  return match?.[1] ?? 'soar';
}
