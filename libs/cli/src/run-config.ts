/**
 * A run's configuration from a YAML file: the JSON form of soar.coordinator.v1.RunConfig, laid over a preset.
 *
 * The file is read strictly (duplicate keys, unknown fields, empty values are refused) and checked whole, by the
 * validator of the contracts, before anything is started. All that is wrong is said at once, with file, line, column
 * and field. The fields are documented in proto/soar/coordinator/v1/run_config.proto.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  configViolations,
  messageFromJson,
  messageToJson,
  misspellings,
  PromptConfigSchema,
  runConfigFromJson,
  RunConfigSchema,
  type DescMessage,
  type PromptConfig,
  type RunConfig,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { parseDocument } from 'yaml';
import { camel, ConfigFile, isJsonObject, type Json, type JsonObject } from './config-file.js';
import { InputErrors, type InputProblem } from './plan/input-problems.js';

const presetsFolder = new URL('../presets/', import.meta.url);

/** Preset of a file without the key `preset`. */
export const DEFAULT_PRESET = 'paper';

/** Names of the presets: the files of libs/cli/presets. */
export function presetNames(): string[] {
  return readdirSync(presetsFolder)
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/** Values of the command line, which override the file. */
export interface Overrides {
  readonly seed?: number | undefined;
  readonly outerSteps?: number | undefined;
  readonly threads?: number | undefined;
}

/** A configuration that was read, with what is wrong with it. */
export interface ReadConfig {
  /** Where it is from: a file, or a preset. */
  readonly source: string;
  /** Whole where a field or more could be read; fields that could not are those of the preset. */
  readonly config: RunConfig | undefined;
  readonly problems: readonly InputProblem[];
  /** The problem of a field, with its place in the file. */
  problem(field: string, what: string): InputProblem;
}

/** The configuration of a preset with `overrides` over it. Throws UserError. */
export function presetConfig(name: string, overrides: Overrides = {}): RunConfig {
  return runConfigFromJson(overlay(presetJson(name), overridesJson(overrides)), `preset ${name}`);
}

/** The same, as it would be read from a file. */
export function readPreset(name: string, overrides: Overrides = {}): ReadConfig {
  const problem = (field: string, what: string): InputProblem => ({ field, message: `${field}: ${what}` });
  return { source: `preset ${name}`, config: presetConfig(name, overrides), problems: [], problem };
}

/** The configuration in `file`: its preset, the file over it, `overrides` over both. Throws all that is wrong. */
export function loadRunConfig(file: string, overrides: Overrides = {}): RunConfig {
  const { config, problems } = readRunConfig(file, overrides);
  if (problems.length > 0) throw new InputErrors(problems);
  return config!;
}

/** The same, with what is wrong beside it. Throws InputErrors or UserError where the file is no YAML at all. */
export function readRunConfig(file: string, overrides: Overrides = {}): ReadConfig {
  const yaml = new ConfigFile(file);
  const { preset = DEFAULT_PRESET, ...fields } = yaml.root;
  const known = presetNames();
  const empty = emptyPaths(fields, '');
  const misspelt = misspellings(RunConfigSchema, fields);
  const problems = [
    ...empty.map((path) => yaml.problem(path, 'has no value; write one or leave the field out', 'key')),
    ...misspelt.map(({ field, description }) =>
      yaml.problem(field, description, description.startsWith('unknown field') ? 'key' : 'value'),
    ),
  ];
  const result = { source: file, problem: (field: string, what: string) => yaml.problem(field, what) };
  if (typeof preset !== 'string' || !known.includes(preset)) {
    const got = preset === null ? 'no value' : JSON.stringify(preset);
    problems.unshift(yaml.problem('preset', `unknown preset ${got}; expected one of ${known.join(', ')}`));
    return { ...result, config: undefined, problems };
  }
  const own = without(fields, new Set([...empty, ...misspelt.map(({ field }) => field)]), '');
  const json = overlay(
    overlay(presetJson(preset), jsonNames(RunConfigSchema, own as JsonObject)),
    overridesJson(overrides),
  );
  const config = messageFromJson(RunConfigSchema, json, file);
  const broken = configViolations(config).map(({ field, description }) =>
    yaml.problem(camel(field), camel(description)),
  );
  return { ...result, config, problems: inOrder([...problems, ...broken]) };
}

/** In the order of the file; those without a place first. */
export function inOrder(problems: readonly InputProblem[]): InputProblem[] {
  const placeOf = ({ line = 0, column = 0 }: InputProblem): number => line * 1e6 + column;
  return [...problems].sort((a, b) => placeOf(a) - placeOf(b));
}

/** How students are asked, as a screening remembers it. */
export function askingOf(domain: string, prompt: PromptConfig | undefined) {
  return { domain, prompt: prompt === undefined ? null : messageToJson(PromptConfigSchema, prompt) };
}

/** A preset as JSON. Throws UserError for an unknown name. */
function presetJson(name: string): JsonObject {
  if (!presetNames().includes(name)) {
    throw new UserError(
      `preset: unknown preset ${JSON.stringify(name)}; expected one of ${presetNames().join(', ')}`,
      'INVALID_ARGUMENT',
      'preset',
    );
  }
  const document = parseDocument(readFileSync(new URL(`${name}.yaml`, presetsFolder), 'utf8'), {
    strict: true,
  });
  return document.toJS() as JsonObject;
}

function overridesJson(overrides: Overrides): JsonObject {
  const { seed, outerSteps, threads } = overrides;
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(outerSteps === undefined ? {} : { outerSteps }),
    ...(threads === undefined ? {} : { compute: { threads } }),
  };
}

/** `over` over `base`, field by field; lists are replaced whole. */
function overlay(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isJsonObject(below) && isJsonObject(value) ? overlay(below, value) : value;
  }
  return merged;
}

/** The same object with every field under its JSON name, as proto3 JSON also accepts outer_steps for outerSteps. */
function jsonNames(schema: DescMessage, json: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      const field = schema.fields.find((f) => f.jsonName === key || f.name === key);
      const inner =
        field?.fieldKind === 'message' && isJsonObject(value) ? jsonNames(field.message, value) : value;
      return [field?.jsonName ?? key, inner];
    }),
  );
}

/**
 * Where values are empty. YAML reads them as null, which means "the default" in proto3 JSON; here they are likely
 * slips.
 */
function emptyPaths(json: Json, path: string): string[] {
  if (json === null) return [path];
  if (typeof json !== 'object') return [];
  return Object.entries(json).flatMap(([key, value]) => emptyPaths(value, below(json, path, key)));
}

/** The same without the fields at these paths; a list with one of them in it goes as a whole. */
function without(json: Json, paths: ReadonlySet<string>, path: string): Json | undefined {
  if (paths.has(path)) return undefined;
  if (json === null || typeof json !== 'object') return json;
  const kept = Object.entries(json).map(([key, value]): [string, Json | undefined] => {
    return [key, without(value, paths, below(json, path, key))];
  });
  if (!Array.isArray(json))
    return Object.fromEntries(kept.filter(([, value]) => value !== undefined)) as Json;
  return kept.every(([, value]) => value !== undefined) ? kept.map(([, value]) => value!) : undefined;
}

/** As the contracts write paths: "student.rl", "comparison.arms[2]". */
function below(json: object, path: string, key: string): string {
  if (Array.isArray(json)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}
