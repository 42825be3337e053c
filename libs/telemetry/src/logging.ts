/**
 * Lines of a service's log as OpenTelemetry log records, with severity, attributes, and trace and span of the work that
 * logged them. Without the SDK (see register.ts), or where the environment names no place for logs, nothing happens
 * here. Not here: standard error, which has the same lines always (@soar/service-process).
 */
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { messageOf } from '@soar/core';
import { type Attributes, attributes } from './names.js';
import { defined } from './tracing.js';

/**
 * `info`: what the service did. `warn`: it goes on, but someone may have to do something. `error`: work failed.
 * `fatal`: the process ends.
 */
type Severity = 'info' | 'warn' | 'error' | 'fatal';

/** Takes a line for the log of a service. Default severity: `info`. */
export type Log = (message: string, severity?: Severity, about?: Attributes) => void;

const NUMBERS: Readonly<Record<Severity, SeverityNumber>> = {
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/** Records a line, in the trace of the caller. */
export const recordLog: Log = (body, severity = 'info', about = {}) => {
  logs.getLogger('soar').emit({
    severityNumber: NUMBERS[severity],
    severityText: severity.toUpperCase(),
    body,
    attributes: defined(about),
  });
};

/** An unexpected error as attributes of its line. */
export function exceptionOf(error: unknown): Attributes {
  const { exceptionType, exceptionMessage, exceptionStack } = attributes;
  return {
    [exceptionType]: error instanceof Error ? error.name : typeof error,
    [exceptionMessage]: messageOf(error),
    [exceptionStack]: error instanceof Error ? error.stack : undefined,
  };
}
