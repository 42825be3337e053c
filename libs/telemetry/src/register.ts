/**
 * The preload of every service: `node --import @soar/telemetry/register services/trainer/dist/main.js`. It must run
 * before grpc-js is used. Node runs it in worker threads too. Imports nothing heavy unless telemetry is on
 * (config.ts).
 */
import { messageOf } from '@soar/core';
import { telemetryConfig } from './config.js';
import { shutdownTelemetry } from './shutdown.js';

const config = telemetryConfig();
if (config !== undefined) {
  const { startSdk } = await import('./sdk.js');
  try {
    startSdk(config);
  } catch (error) {
    const where = config.traceFile === undefined ? '' : ` (SOAR_TRACE_FILE=${config.traceFile})`;
    process.stderr.write(`telemetry cannot start${where}: ${messageOf(error)}\n`);
    process.exit(2);
  }
  process.once('beforeExit', () => void shutdownTelemetry());
}
