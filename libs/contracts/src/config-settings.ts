/**
 * Single fields of a configuration, by their paths, as a sweep sets them: read, set, and checked. Pure. What a value
 * may be is in run_config.proto; whether the configuration with it is sound says `configViolations`.
 */
import {
  clone,
  create,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  toJson,
} from '@bufbuild/protobuf';
import { type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import { type RunConfig, RunConfigSchema } from './gen/soar/coordinator/v1/run_config_pb.js';
import { type SweepSetting, SweepSettingSchema } from './gen/soar/coordinator/v1/sweep_pb.js';
import { messageFromJson } from './json.js';
import { misspellings } from './json-spelling.js';
import type { FieldViolation } from './validate.js';

/** A field, by its path from RunConfig down, and its value in JSON. */
export interface Setting {
  readonly field: string;
  readonly value: JsonValue;
}

/** Fields that comparisons do not use: seeds and arms are given beside the configuration. */
const UNUSED: readonly string[] = ['seed', 'comparison.arms'];

/** A setting of a SweepPoint as JSON. */
export function settingOf({
  field,
  value,
}: {
  readonly field: string;
  readonly value?: Value | undefined;
}): Setting {
  return { field, value: value === undefined ? null : toJson(ValueSchema, value) };
}

/** A setting as SweepPoint has it. */
export function settingMessage({ field, value }: Setting): SweepSetting {
  return create(SweepSettingSchema, { field, value: fromJson(ValueSchema, value) });
}

/** What is wrong with settings before they are applied: unknown fields, wrong kinds of values, fields set twice. */
export function settingViolations(settings: readonly Setting[]): FieldViolation[] {
  const paths = settings.map(({ field }) => jsonPath(field));
  return settings.flatMap(({ field, value }, i): FieldViolation[] => {
    if (value === null || value === '') return [{ field, description: 'has no value' }];
    const wrong = misspellings(RunConfigSchema, nested(field, value));
    if (wrong.length > 0) return wrong;
    const own = paths[i]!;
    if (UNUSED.includes(own))
      return [
        { field, description: 'is not used by comparisons; seeds and arms are given beside the fields' },
      ];
    const other = paths.findIndex((path, j) => j < i && (isWithin(path, own) || isWithin(own, path)));
    return other < 0 ? [] : [{ field, description: `is set twice, here and by ${settings[other]!.field}` }];
  });
}

/** `config` with these fields set. The settings have no violations. */
export function withSettings(config: RunConfig, settings: readonly Setting[]): RunConfig {
  const own = clone(RunConfigSchema, config);
  for (const { field, value } of settings) {
    const json = nested(field, value);
    assign(RunConfigSchema, own, messageFromJson(RunConfigSchema, json, field), json);
  }
  return own;
}

/** The value of a field in the JSON form of a configuration, every default written out; undefined if it has none. */
export function settingIn(configJson: JsonValue, field: string): JsonValue | undefined {
  let value: JsonValue | undefined = configJson;
  for (const part of jsonPath(field).split('.')) value = isObject(value) ? value[part] : undefined;
  return value;
}

/** The path in names of JSON: "promotion.requireFullWindow" of "promotion.require_full_window". */
export function jsonPath(field: string): string {
  let schema: DescMessage | undefined = RunConfigSchema;
  return field
    .split('.')
    .map((name) => {
      const found = schema?.fields.find((f) => f.jsonName === name || f.name === name);
      schema = found?.fieldKind === 'message' ? found.message : undefined;
      return found?.jsonName ?? name;
    })
    .join('.');
}

/** Sets in `own` what `json` names, from its parsed form. */
function assign(schema: DescMessage, own: Message, parsed: Message, json: JsonValue): void {
  const [to, from] = [own, parsed] as unknown as Record<string, unknown>[];
  for (const [name, value] of Object.entries(json as object) as [string, JsonValue][]) {
    const field = schema.fields.find((f) => f.jsonName === name || f.name === name)!;
    const isBelow = field.fieldKind === 'message' && isObject(value);
    if (!isBelow) to![field.localName] = from![field.localName];
    else {
      to![field.localName] ??= create(field.message);
      assign(field.message, to![field.localName] as Message, from![field.localName] as Message, value);
    }
  }
}

/** {promotion: {tau: 0.05}} of "promotion.tau" and 0.05. */
function nested(field: string, value: JsonValue): JsonValue {
  return field.split('.').reduceRight<JsonValue>((inner, name) => ({ [name]: inner }), value);
}

function isWithin(path: string, of: string): boolean {
  return path === of || path.startsWith(`${of}.`);
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
