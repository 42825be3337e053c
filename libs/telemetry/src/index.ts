/**
 * Traces, metrics and logs of the services: declared names, spans and their context, instruments. Uses the
 * OpenTelemetry API; the preload `@soar/telemetry/register` loads the SDK, and only if the environment turns telemetry
 * on.
 */
export { exceptionOf, type Log, recordLog } from './logging.js';
export { measure, observe } from './measuring.js';
export { type AttributesOf } from './metrics.js';
export {
  type AttributeName,
  attributes,
  type Attributes,
  operations,
  PROVIDER,
  SERVER_ERRORS,
  type SpanName,
  spans,
} from './names.js';
export { shutdownTelemetry } from './shutdown.js';
export { type Carrier, carrier, setAttributes, type SpanOptions, withCarrier, withSpan } from './tracing.js';
