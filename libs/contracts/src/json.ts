/**
 * The JSON form of messages: what a user writes as a run's configuration and what a run leaves as report.json.
 *
 * A user's mistakes come back as one `UserError` that names the path of the field, what was expected and, for an
 * unknown field, the nearest known one. Parsing does not check the rules of the .proto (see validate.ts): a
 * configuration overlays a preset first and is checked when it is complete.
 */
import { UserError } from '@soar/core';
import { type DescMessage, fromJson, type JsonValue, type MessageShape, toJson } from '@bufbuild/protobuf';
import { RunConfigSchema, type RunConfig } from './gen/soar/coordinator/v1/run_config_pb.js';
import { RunReportSchema, type RunReport } from './gen/soar/coordinator/v1/run_pb.js';
import { checkSpelling, refuse } from './json-spelling.js';
import { trainingViolations } from './training-rules.js';
import { describeViolations, validate, type FieldViolation } from './validate.js';

/** `message` as a JSON value with every field written out, defaults too; bytes as base64, 64-bit numbers as strings. */
export function messageToJson<S extends DescMessage>(schema: S, message: MessageShape<S>): JsonValue {
  return toJson(schema, message, { alwaysEmitImplicit: true });
}

/** The message that `json` spells. `source` (a file, a flag) begins every error. Throws UserError INVALID_ARGUMENT. */
export function messageFromJson<S extends DescMessage>(
  schema: S,
  json: unknown,
  source: string,
): MessageShape<S> {
  checkSpelling(schema, json, source);
  try {
    return fromJson(schema, json as JsonValue);
  } catch (error) {
    throw refuse(source, '', error instanceof Error ? error.message : String(error));
  }
}

/** A complete configuration: parsed and checked against the rules of run_config.proto and those of training. */
export function runConfigFromJson(json: unknown, source: string): RunConfig {
  const config = messageFromJson(RunConfigSchema, json, source);
  const violations = configViolations(config);
  if (violations.length === 0) return config;
  throw new UserError(
    `${source}: ${describeViolations(violations)}`,
    'INVALID_ARGUMENT',
    violations[0]!.field,
  );
}

/** Every rule of run_config.proto, and of training, that a complete configuration breaks. */
export function configViolations(config: RunConfig): FieldViolation[] {
  const invalid = validate(RunConfigSchema, config, 'json');
  const named = new Set(invalid.map(({ field }) => field));
  return [...invalid, ...trainingViolations(config).filter(({ field }) => !named.has(field))];
}

/** The configuration with every field written out. */
export function runConfigToJson(config: RunConfig): JsonValue {
  return messageToJson(RunConfigSchema, config);
}

/** report.json as it stands in a run's folder. */
export function runReportToJson(report: RunReport): JsonValue {
  return messageToJson(RunReportSchema, report);
}

/** A report read back. */
export function runReportFromJson(json: unknown, source: string): RunReport {
  return messageFromJson(RunReportSchema, json, source);
}
