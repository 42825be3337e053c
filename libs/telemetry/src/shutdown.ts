/**
 * Stops what register.ts started, before a process or thread exits. Does nothing when telemetry is off.
 */

let stop: (() => Promise<void>) | undefined;

/** Registers what `shutdownTelemetry` runs. */
export function onShutdown(fn: () => Promise<void>): void {
  stop = fn;
}

/**
 * Flushes what was recorded and stops. Await it before `process.exit` and at the end of a worker thread. Never
 * throws.
 */
export async function shutdownTelemetry(): Promise<void> {
  const pending = stop;
  stop = undefined;
  await pending?.();
}
