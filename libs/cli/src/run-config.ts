/**
 * A run's configuration from a YAML file: the JSON form of soar.coordinator.v1.RunConfig, laid over a preset.
 *
 * The file is read strictly (duplicate keys, unknown fields, empty values are refused) and checked whole, by the
 * validator of the contracts, before anything is started. Every error names file, line and field. The fields are
 * documented in proto/soar/coordinator/v1/run_config.proto.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  runConfigFromJson,
  messageFromJson,
  messageToJson,
  PromptConfigSchema,
  RunConfigSchema,
  type DescMessage,
  type DomainDefinition,
  type PromptConfig,
  type RunConfig,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { askedDomain } from '@soar/domains';
import { parseDocument } from 'yaml';
import { definitionSha256 } from './domains/chosen-domain.js';
import { domainFields } from './domains/written-domain.js';
import { isObject, type Json, type JsonObject, refuseEmptyValues, YamlFile } from './yaml-file.js';

const presetsFolder = new URL('../presets/', import.meta.url);

/** Preset of a file without the key `preset`. */
const defaultPreset = 'paper';

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

/** The configuration of a preset with `overrides` over it. Throws UserError. */
export function presetConfig(name: string, overrides: Overrides = {}): RunConfig {
  return runConfigFromJson(overlay(presetJson(name, 'preset'), overridesJson(overrides)), `preset ${name}`);
}

/**
 * The configuration in `file`: its preset, the file over it, `overrides` over both. `listed`: the definition of a
 * domain of another service (domains/configured-run.ts). Throws UserError with the line.
 */
export function loadRunConfig(file: string, overrides: Overrides = {}, listed?: DomainDefinition): RunConfig {
  const yaml = new YamlFile(file);
  const { preset, domain, judge: _, ...rest } = yaml.root; // judge/configured-judge.ts reads the judge
  const own = { ...rest, ...domainFields(yaml, domain, listed) };
  if (preset !== undefined && typeof preset !== 'string') {
    throw yaml.refuse('preset', `expected the name of a preset: ${presetNames().join(', ')}`);
  }
  const base = yaml.locating(() => presetJson(preset ?? defaultPreset, 'preset'));
  refuseEmptyValues(yaml, own, []);
  yaml.locating(() => messageFromJson(RunConfigSchema, own, file));
  const merged = overlay(overlay(base, jsonNames(RunConfigSchema, own)), overridesJson(overrides));
  return yaml.locating(() => {
    const config = runConfigFromJson(merged, file);
    if (config.domainDefinition !== undefined) askedDomain(config.domain, config.domainDefinition);
    return config;
  });
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

function presetJson(name: string, where: string): JsonObject {
  if (!presetNames().includes(name)) {
    throw new UserError(
      `preset: unknown preset ${JSON.stringify(name)}; expected one of ${presetNames().join(', ')}`,
      'INVALID_ARGUMENT',
      where,
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
    merged[key] = isObject(below) && isObject(value) ? overlay(below, value) : value;
  }
  return merged;
}

/** The same object with every field under its JSON name, as proto3 JSON also accepts outer_steps for outerSteps. */
function jsonNames(schema: DescMessage, json: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      const field = schema.fields.find((f) => f.jsonName === key || f.name === key);
      const inner =
        field?.fieldKind === 'message' && isObject(value) ? jsonNames(field.message, value) : value;
      return [field?.jsonName ?? key, inner];
    }),
  );
}
