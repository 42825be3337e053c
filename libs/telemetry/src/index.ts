/**
 * Traces and metrics of the services: declared names, spans and their context, instruments. Based on the OpenTelemetry
 * API; the SDK is loaded by the preload `@soar/telemetry/register` and only when the environment asks for it.
 */
export { measure } from './measuring.js';
export {
  type AttributeName,
  attributes,
  type Attributes,
  type MetricName,
  type SpanName,
  spans,
} from './names.js';
export { shutdownTelemetry } from './shutdown.js';
export { type Carrier, carrier, setAttributes, type SpanPlace, withCarrier, withSpan } from './tracing.js';
