/**
 * Whether and where telemetry goes, from the environment: the standard OTEL_* variables, SOAR_TRACE_FILE (a file that
 * takes the spans of every process and worker thread, no server needed) and SOAR_SERVICE (the service's name). Off when
 * none of them is set. Everything else that OTEL_* can say (protocol, headers, sampler) is read by the SDK itself.
 */

/** What register.ts needs to know. */
export interface TelemetryConfig {
  /** service.name of the spans. */
  service: string;
  /** Where spans go as OTLP-JSON lines; OTLP exporters get none then. */
  traceFile: string | undefined;
  /** Whether metrics are exported. */
  metrics: boolean;
}

const SWITCHES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
  'OTEL_METRICS_EXPORTER',
];

/** The configuration, or undefined when telemetry is off. */
export function telemetryConfig(
  env: NodeJS.ProcessEnv = process.env,
  main = process.argv[1],
): TelemetryConfig | undefined {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return undefined;
  const traceFile = env['SOAR_TRACE_FILE'] || undefined;
  const metrics = SWITCHES.some((name) => !name.includes('TRACES') && (env[name] ?? '') !== '');
  const on = traceFile !== undefined || SWITCHES.some((name) => (env[name] ?? '') !== '');
  if (!on) return undefined;
  return { service: env['OTEL_SERVICE_NAME'] || env['SOAR_SERVICE'] || serviceOf(main), traceFile, metrics };
}

/**
 * How long an exporter may try a batch; OTEL_EXPORTER_OTLP_TIMEOUT overrides it. The SDK's 10 s would hold up an exit.
 */
const EXPORT_MS_MAX = 3_000;

/** Sets defaults that the SDK takes from nowhere but the environment. */
export function setSdkDefaults(env: NodeJS.ProcessEnv = process.env): void {
  env['OTEL_EXPORTER_OTLP_TIMEOUT'] ??= String(EXPORT_MS_MAX);
}

/** `services/trainer/dist/main.js` is the trainer; anything else is the command. */
function serviceOf(main: string | undefined): string {
  const match = /(?:services|@soar)[\\/]([a-z-]+)[\\/]dist[\\/]main\.js$/.exec(main ?? '');
  return match?.[1] ?? 'soar';
}
