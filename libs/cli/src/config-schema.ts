/**
 * The JSON Schemas of the files of a run or a sweep: a configuration, what varies, and a domain. Fields, limits and
 * comments are from the .proto files, defaults from the presets and from what is resolved. Written nowhere else.
 */
import {
  DomainDefinitionSchema,
  type Hints,
  type JsonObject,
  type JsonValue,
  messageJsonSchema,
  resolvedConfig,
  RunConfigSchema,
  runConfigToJson,
} from '@soar/contracts';
import { domainNames } from '@soar/domains';
import { JUDGE_JSON_SCHEMA } from '@soar/judge';
import { DEFAULT_PRESET, presetConfig, presetNames } from './run-config.js';
import { SWEEP_JSON_SCHEMA } from './sweep/sweep-schema.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Of the files that `soar run` and `soar compare` take. */
export function configJsonSchema(): JsonObject {
  const names = presetNames();
  const presets = names.map((name) => ({
    name,
    json: runConfigToJson(resolvedConfig(presetConfig(name))),
  }));
  const own = presets.find(({ name }) => name === DEFAULT_PRESET)!.json;
  const hints = (path: string): Hints => {
    // It follows from another field, so a file leaves it at what means that.
    if (path.endsWith('.horizonSteps')) return { default: 0 };
    const value = valueAt(own, path);
    if (value === undefined || isObject(value)) return {};
    const others = presets.filter(({ json }) => !equal(valueAt(json, path), value));
    const notes = others.map(({ name, json }) => `Preset ${name}: ${JSON.stringify(valueAt(json, path))}.`);
    if (path === 'domain') notes.push(`Known: ${domainNames().join(', ')}.`);
    return { default: value, note: notes.join(' ') };
  };
  const { properties, ...schema } = messageJsonSchema(RunConfigSchema, hints);
  return {
    $schema: DIALECT,
    title: 'Configuration of "soar run" and "soar compare"',
    description: 'A preset, and what differs from it.',
    ...schema,
    properties: {
      preset: {
        description:
          'The configuration that this file overlays. Defaults below are those of the preset paper.',
        enum: [...names],
        default: DEFAULT_PRESET,
      },
      ...(properties as JsonObject),
      domain: domainField((properties as JsonObject)['domain'] as JsonObject),
      judge: JUDGE_JSON_SCHEMA,
    },
  };
}

/** Of the file of a sweep: a configuration, and what sweep-file.ts reads beside it. */
export function sweepJsonSchema(): JsonObject {
  const { properties, title: _, description: __, ...schema } = configJsonSchema();
  return {
    ...schema,
    title: 'File of "soar sweep"',
    description: 'A configuration, what varies, and over which arms and seeds.',
    required: ['vary'],
    properties: { ...SWEEP_JSON_SCHEMA, ...(properties as JsonObject) },
  };
}

/** As written-domain.ts reads it. */
function domainField({ description, default: value }: JsonObject): JsonObject {
  const name = { description: 'A domain that it lists.', type: 'string' };
  return {
    description: `${String(description)} Or a YAML file beside this one, or a domain of another service.`,
    ...(value !== undefined && { default: value }),
    anyOf: [
      { type: 'string' },
      {
        type: 'object',
        properties: { grpc: { description: 'Address of the service, HOST:PORT.', type: 'string' }, name },
        required: ['grpc', 'name'],
        additionalProperties: false,
      },
    ],
  };
}

/** Of the file of a domain. */
export function domainJsonSchema(): JsonObject {
  const schema = messageJsonSchema(DomainDefinitionSchema, () => ({}));
  return { $schema: DIALECT, title: 'Domain of "soar run"', ...schema };
}

function valueAt(json: JsonValue, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = json;
  for (const part of path.split('.')) value = isObject(value) ? value[part] : undefined;
  return value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function equal(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
