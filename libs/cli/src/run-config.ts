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
  type PromptConfig,
  type RunConfig,
} from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { decodeText } from '@soar/files';
import { isMap, isPair, isSeq, LineCounter, parseDocument, type Document } from 'yaml';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

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

/** The configuration in `file`: its preset, the file over it, `overrides` over both. Throws UserError with the line. */
export function loadRunConfig(file: string, overrides: Overrides = {}): RunConfig {
  const yaml = new YamlFile(file);
  const { preset, ...own } = yaml.root;
  if (preset !== undefined && typeof preset !== 'string') {
    throw yaml.refuse('preset', `expected the name of a preset: ${presetNames().join(', ')}`);
  }
  const base = yaml.locating(() => presetJson(preset ?? defaultPreset, 'preset'));
  refuseEmptyValues(yaml, own, []);
  yaml.locating(() => messageFromJson(RunConfigSchema, own, file));
  const merged = overlay(overlay(base, jsonNames(RunConfigSchema, own)), overridesJson(overrides));
  return yaml.locating(() => runConfigFromJson(merged, file));
}

/** How students are asked, as a screening remembers it. */
export function askingOf(domain: string, prompt: PromptConfig | undefined) {
  return { domain, prompt: prompt === undefined ? null : messageToJson(PromptConfigSchema, prompt) };
}

/** A YAML file that holds one mapping, with the line of each field. */
class YamlFile {
  readonly root: JsonObject;
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;

  constructor(readonly file: string) {
    let text: string;
    try {
      text = decodeText(readFileSync(file), file);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`${file}: cannot be read: ${messageOf(error)}`, 'NOT_FOUND', file);
    }
    this.document = parseDocument(text, { lineCounter: this.lines, uniqueKeys: true, strict: true });
    const wrong = this.document.errors[0] ?? this.document.warnings[0];
    if (wrong !== undefined) {
      const line = wrong.linePos?.[0].line ?? 1;
      throw new UserError(
        `${file}:${line}: not valid YAML: ${wrong.message.split('\n')[0]}`,
        'INVALID_ARGUMENT',
        file,
      );
    }
    const root: unknown = this.document.toJS({ maxAliasCount: 100 });
    if (!isObject(root)) {
      throw new UserError(
        `${file}:1: expected a mapping of configuration fields (for example "outerSteps: 20")`,
      );
    }
    this.root = root;
  }

  /** An error about the field at `path`, with its line. */
  refuse(path: string, what: string): UserError {
    return new UserError(`${this.place(path)}: ${path}: ${what}`, 'INVALID_ARGUMENT', path);
  }

  /** Runs `work`; a UserError about a field of this file gets the field's line. */
  locating<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UserError) || error.where === undefined) throw error;
      const rest = error.message.startsWith(`${this.file}: `)
        ? error.message.slice(this.file.length + 2)
        : error.message;
      throw new UserError(`${this.place(error.where)}: ${rest}`, error.reason, error.where);
    }
  }

  /** "file:line" of the field, or of its nearest ancestor in the file; "file" when it comes from the preset. */
  private place(path: string): string {
    let node: unknown = this.document.contents;
    let offset: number | undefined;
    for (const part of path.split(/[.[\]"]+/).filter((p) => p !== '')) {
      if (isMap(node)) {
        const pair = node.items.find((p) => isPair(p) && camel(String(p.key)) === camel(part));
        if (pair === undefined) break;
        offset = (pair.key as { range?: readonly number[] }).range?.[0];
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(part)] as { range?: readonly number[] } | undefined;
        offset = item?.range?.[0] ?? offset;
        node = item;
      } else break;
    }
    return offset === undefined ? this.file : `${this.file}:${this.lines.linePos(offset).line}`;
  }
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

/**
 * Refuses empty values. YAML reads them as null, which means "the default" in proto3 JSON; here they are likely
 * slips.
 */
function refuseEmptyValues(yaml: YamlFile, json: Json, path: readonly string[]): void {
  if (json === null) throw yaml.refuse(path.join('.'), 'has no value; write one or leave the field out');
  if (typeof json !== 'object') return;
  for (const [key, value] of Object.entries(json)) refuseEmptyValues(yaml, value, [...path, key]);
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
