/**
 * The JSON Schema of a configuration file of `soar run` and `soar compare`: fields, limits and comments from the .proto
 * files, defaults from the presets and from what is resolved. Written nowhere else.
 */
import {
  type Hints,
  type JsonObject,
  type JsonValue,
  messageJsonSchema,
  resolvedConfig,
  RunConfigSchema,
  runConfigToJson,
} from '@soar/contracts';
import { domainNames } from '@soar/domains';
import { DEFAULT_PRESET, presetConfig, presetNames } from './run-config.js';

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
    $schema: 'https://json-schema.org/draft/2020-12/schema',
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
    },
  };
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
