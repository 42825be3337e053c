/**
 * The JSON form of messages: what a user writes as a run's configuration and what a run leaves as report.json.
 *
 * A user's mistakes come back as one `UserError` that names the path of the field, what was expected and, for an unknown
 * field, the nearest known one. Parsing does not check the rules of the .proto (see validate.ts): a configuration overlays
 * a preset first and is checked when it is complete.
 */
import { UserError } from '@soar/core';
import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type MessageShape,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import { RunConfigSchema, type RunConfig } from './gen/soar/coordinator/v1/run_config_pb.js';
import { RunReportSchema, type RunReport } from './gen/soar/coordinator/v1/run_pb.js';
import { describeViolations, validate } from './validate.js';

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
  checkFields(schema, json, '', source);
  try {
    return fromJson(schema, json as JsonValue);
  } catch (error) {
    throw refuse(source, '', error instanceof Error ? error.message : String(error));
  }
}

/** A complete configuration: parsed and checked against the rules of run_config.proto. */
export function runConfigFromJson(json: unknown, source: string): RunConfig {
  const config = messageFromJson(RunConfigSchema, json, source);
  const violations = validate(RunConfigSchema, config);
  if (violations.length === 0) return config;
  throw new UserError(
    `${source}: ${describeViolations(violations)}`,
    'INVALID_ARGUMENT',
    violations[0]!.field,
  );
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

/** Walks `json` beside the schema so that an error names the whole path; the library names only the innermost field. */
function checkFields(schema: DescMessage, json: unknown, path: string, source: string): void {
  if (schema.typeName.startsWith('google.protobuf.')) return checkLeaf(schema, json, path, source);
  if (!isObject(json)) throw refuse(source, path, `expected an object, got ${show(json)}`);
  for (const [name, value] of Object.entries(json)) {
    const at = path === '' ? name : `${path}.${name}`;
    const field = schema.fields.find((f) => f.jsonName === name || f.name === name);
    if (field === undefined) throw refuse(source, at, `unknown field; ${nearest(name, schema)}`);
    if (value !== null) checkField(field, value, at, source);
  }
}

function checkField(field: DescField, value: JsonValue, at: string, source: string): void {
  if (field.fieldKind === 'list') {
    if (!Array.isArray(value)) throw refuse(source, at, `expected a list, got ${show(value)}`);
    if (field.message === undefined) return checkSpelling(field, value, at, source);
    value.forEach((item, i) => checkFields(field.message, item, `${at}[${i}]`, source));
  } else if (field.fieldKind === 'message') checkFields(field.message, value, at, source);
  else if (field.fieldKind === 'map' && field.message !== undefined && isObject(value)) {
    for (const [key, item] of Object.entries(value))
      checkFields(field.message, item, `${at}["${key}"]`, source);
  } else checkSpelling(field, value, at, source);
}

/** Lets the library read this one field alone, so that what it says about it can be put beside the path. */
function checkSpelling(field: DescField, value: JsonValue, at: string, source: string): void {
  try {
    fromJson(field.parent, { [field.jsonName]: value });
  } catch {
    throw refuse(source, at, `expected ${expected(field)}, got ${show(value)}`);
  }
}

function checkLeaf(schema: DescMessage, json: unknown, path: string, source: string): void {
  try {
    fromJson(schema, json as JsonValue);
  } catch {
    throw refuse(source, path, `expected a ${schema.typeName}, got ${show(json)}`);
  }
}

const SCALARS: Partial<Record<ScalarType, string>> = {
  [ScalarType.DOUBLE]: 'a number',
  [ScalarType.FLOAT]: 'a number',
  [ScalarType.BOOL]: 'true or false',
  [ScalarType.STRING]: 'text',
  [ScalarType.BYTES]: 'bytes as base64',
  [ScalarType.UINT32]: 'a whole number from 0 to 4294967295',
  [ScalarType.UINT64]: 'a whole number that is not negative',
};

function expected(field: DescField): string {
  const one =
    field.enum !== undefined
      ? `one of ${field.enum.values.map((value) => value.name).join(', ')}`
      : field.scalar !== undefined
        ? (SCALARS[field.scalar] ?? 'a whole number')
        : 'a value';
  if (field.fieldKind === 'list') return `a list, each ${one}`;
  return field.fieldKind === 'map' ? `an object, each value ${one}` : one;
}

function nearest(name: string, schema: DescMessage): string {
  const known = schema.fields.map((field) => field.jsonName);
  const best = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (best !== undefined && best.distance <= 1 + name.length / 3) return `did you mean ${best.candidate}?`;
  return `known here: ${known.join(', ')}`;
}

/** Levenshtein distance by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, swap));
    }
    row = next;
  }
  return row[b.length]!;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function refuse(source: string, path: string, what: string): UserError {
  return new UserError(`${source}: ${path === '' ? '' : `${path}: `}${what}`, 'INVALID_ARGUMENT', path);
}

/** An empty message, for callers that overlay JSON on defaults. */
export function emptyMessage<S extends DescMessage>(schema: S): MessageShape<S> {
  return create(schema);
}
