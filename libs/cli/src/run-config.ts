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
  type DomainDefinition,
  type PromptConfig,
  type RunConfig,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { askedDomain } from '@soar/domains';
import { parseDocument } from 'yaml';
import {
  below,
  camel,
  ConfigFile,
  EMPTY,
  emptyPaths,
  isJsonObject,
  type Json,
  type JsonObject,
} from './config-file.js';
import { definitionSha256 } from './domains/chosen-domain.js';
import { domainFields } from './domains/written-domain.js';
import { InputErrors, type InputProblem, Problems } from './plan/input-problems.js';

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

/**
 * The configuration in `file`: its preset, the file over it, `overrides` over both. A domain of another service is
 * asked for there. Throws all that is wrong.
 */
export async function loadRunConfig(file: string, overrides: Overrides = {}): Promise<RunConfig> {
  const { config, problems } = await readRunConfig(file, overrides);
  if (problems.length > 0) throw new InputErrors(problems);
  return config!;
}

/** The same, with what is wrong beside it. Throws InputErrors or UserError where the file is no YAML at all. */
export function readRunConfig(file: string, overrides: Overrides = {}): Promise<ReadConfig> {
  const yaml = new ConfigFile(file);
  return readConfigIn(yaml, yaml.root, overrides);
}

/** The same of a file with other fields beside it; `root`: those of the configuration. */
export async function readConfigIn(
  yaml: ConfigFile,
  root: JsonObject,
  overrides: Overrides = {},
): Promise<ReadConfig> {
  const { file } = yaml;
  const { preset = DEFAULT_PRESET, domain, judge: _, ...rest } = root; // judge/configured-judge.ts reads the judge
  const found = new Problems();
  const { definition, ...named } = (await found.of(() => domainFields(yaml, domain))) ?? {};
  const fields: JsonObject = { ...rest, ...named };
  const empty = emptyPaths(fields);
  const misspelt = misspellings(RunConfigSchema, fields);
  found.add(
    ...empty.map((path) => yaml.problem(path, EMPTY, 'key')),
    ...misspelt.map(({ field, description }) =>
      yaml.problem(field, description, description.startsWith('unknown field') ? 'key' : 'value'),
    ),
  );
  const result = { source: file, problem: (field: string, what: string) => yaml.problem(field, what) };
  const known = presetNames();
  if (typeof preset !== 'string' || !known.includes(preset)) {
    const got = preset === null ? 'no value' : JSON.stringify(preset);
    found.addFirst(yaml.problem('preset', `unknown preset ${got}; expected one of ${known.join(', ')}`));
    return { ...result, config: undefined, problems: found.all };
  }
  const own = without(fields, new Set([...empty, ...misspelt.map(({ field }) => field)]), '');
  const json = overlay(
    overlay(presetJson(preset), jsonNames(RunConfigSchema, own as JsonObject)),
    overridesJson(overrides),
  );
  const config = messageFromJson(RunConfigSchema, json, file);
  if (definition !== undefined) config.domainDefinition = definition;
  const broken = configViolations(config).map(({ field, description }) =>
    yaml.problem(camel(field), camel(description)),
  );
  found.add(...broken);
  if (config.domainDefinition !== undefined)
    await found.of(() => yaml.locating(() => askedDomain(config.domain, config.domainDefinition)));
  return { ...result, config, problems: inOrder(found.all) };
}

/** In the order of the file; those without a place first. */
export function inOrder(problems: readonly InputProblem[]): InputProblem[] {
  const placeOf = ({ line = 0, column = 0 }: InputProblem): number => line * 1e6 + column;
  return [...problems].sort((a, b) => placeOf(a) - placeOf(b));
}

/** How students are asked, as a screening remembers it. */
export function askingOf(
  domain: string,
  prompt: PromptConfig | undefined,
  definition: DomainDefinition | undefined,
) {
  const domainSha256 = definitionSha256(definition);
  return {
    domain,
    ...(domainSha256 !== undefined && { domainSha256 }),
    prompt: prompt === undefined ? null : messageToJson(PromptConfigSchema, prompt),
  };
}

/** A preset as JSON, over the one that it names itself. Throws UserError for an unknown name. */
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
  const { preset: base, ...own } = document.toJS() as JsonObject;
  return typeof base === 'string' ? overlay(presetJson(base), own) : own;
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
