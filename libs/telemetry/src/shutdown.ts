/**
 * How what register.ts started is stopped, by whoever ends the process or thread. Nothing to do when telemetry is off.
 */

let stop: (() => Promise<void>) | undefined;

/** Tells what `shutdownTelemetry` has to do. */
export function onShutdown(fn: () => Promise<void>): void {
  stop = fn;
}

/**
 * Sends what was recorded and stops. Await it before `process.exit` and at the end of a worker thread. Never throws.
 */
export async function shutdownTelemetry(): Promise<void> {
  const pending = stop;
  stop = undefined;
  await pending?.();
}
