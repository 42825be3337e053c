/**
 * A YAML file that holds one mapping, with line and column of each field. Read strictly: no duplicate keys, no tags.
 */
import { readFileSync } from 'node:fs';
import { messageOf, UserError } from '@soar/core';
import { decodeText } from '@soar/files';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { InputErrors, type InputProblem } from './plan/input-problems.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** Aliases that a file may resolve: more are an attack on memory. */
const ALIASES_MAX = 100;

/** One error of syntax may be the cause of many. */
const ERRORS_MAX = 5;

export class ConfigFile {
  readonly root: JsonObject;
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;

  /** Throws InputErrors with every error of syntax; UserError NOT_FOUND. */
  constructor(readonly file: string) {
    let text: string;
    try {
      text = decodeText(readFileSync(file), file);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`${file}: cannot be read: ${messageOf(error)}`, 'NOT_FOUND', file);
    }
    this.document = this.reading(() =>
      parseDocument(text, { lineCounter: this.lines, uniqueKeys: true, strict: true }),
    );
    const wrong = [...this.document.errors, ...this.document.warnings].slice(0, ERRORS_MAX);
    if (wrong.length > 0) {
      throw new InputErrors(
        wrong.map(({ message, pos }) => {
          // The first line says what is wrong, up to the place, which stands before it here.
          const what = message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
          return { ...this.at(pos[0]), message: `not valid YAML: ${what}` };
        }),
      );
    }
    const root = this.toJson();
    if (!isJsonObject(root)) {
      const message = 'expected a mapping of configuration fields (for example "outerSteps: 20")';
      throw new InputErrors([{ file, line: 1, column: 1, message }]);
    }
    this.root = root;
  }

  /** The problem of the field at `path`, with its place; without line and column where it is not in the file. */
  problem(path: string, what: string, at: 'key' | 'value' = 'value'): InputProblem {
    return { ...this.place(path, at), field: path, message: path === '' ? what : `${path}: ${what}` };
  }

  /** A problem of what stands under these keys, some of which have dots in them. */
  problemAt(keys: readonly string[], message: string): InputProblem {
    return { ...this.placeOf(keys, 'value'), field: keys.join('.'), message };
  }

  /** An error about the field at `path`, with its place. */
  refuse(path: string, what: string): InputErrors {
    return new InputErrors([this.problem(path, what)]);
  }

  /** Runs `work`; a UserError about a field of this file gets the field's place. */
  locating<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.located(error);
    }
  }

  /** A UserError about a field of this file with the field's place; any other error as it is. */
  located(error: unknown): unknown {
    if (!(error instanceof UserError) || error instanceof InputErrors || error.where === undefined)
      return error;
    const { message, reason, where } = error;
    const rest = message.startsWith(`${this.file}: `) ? message.slice(this.file.length + 2) : message;
    return new InputErrors([{ ...this.place(where, 'value'), field: where, message: rest, reason }]);
  }

  /** Of the value at `path`, where it is written out; of the key otherwise, or of its nearest ancestor in the file. */
  private place(path: string, at: 'key' | 'value'): Pick<InputProblem, 'file' | 'line' | 'column'> {
    const keys = path.split(/[.[\]"]+/).filter((part) => part !== '');
    return this.placeOf(keys, at);
  }

  private placeOf(
    keys: readonly string[],
    at: 'key' | 'value',
  ): Pick<InputProblem, 'file' | 'line' | 'column'> {
    let node: unknown = this.document.contents;
    let offset: number | undefined;
    for (const part of keys) {
      if (isMap(node)) {
        const pair = node.items.find((p) => isPair(p) && camel(String(p.key)) === camel(part));
        if (pair === undefined) break;
        offset = rangeOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(part)];
        offset = rangeOf(node) ?? offset;
      } else break;
    }
    if (at === 'value' && offset !== undefined && isScalar(node)) offset = rangeOf(node) ?? offset;
    return offset === undefined ? { file: this.file } : this.at(offset);
  }

  private at(offset: number): Pick<InputProblem, 'file' | 'line' | 'column'> {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line, column: col };
  }

  private toJson(): unknown {
    return this.reading(() => {
      const value: unknown = this.document.toJS({ maxAliasCount: ALIASES_MAX });
      if (isCircular(value)) throw new TypeError('an alias refers to what it stands in');
      return value;
    });
  }

  /** What the parser throws of a hostile file: too deep, too many aliases, circles. */
  private reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      const [what] = messageOf(error).split('\n');
      throw new UserError(`${this.file}: cannot be read as YAML: ${what}`, 'INVALID_ARGUMENT', this.file);
    }
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCircular(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

/**
 * Where values are empty. YAML reads them as null, which means "the default" in proto3 JSON; here they are likely
 * slips.
 */
export function emptyPaths(json: Json, path = ''): string[] {
  if (json === null) return [path];
  if (typeof json !== 'object') return [];
  return Object.entries(json).flatMap(([key, value]) => emptyPaths(value, below(json, path, key)));
}

/** As the contracts write paths: "student.rl", "comparison.arms[2]". */
export function below(json: object, path: string, key: string): string {
  if (Array.isArray(json)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** What is said of an empty value. */
export const EMPTY = 'has no value; write one or leave the field out';

function rangeOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | null | undefined)?.range?.[0];
}

/** The JSON name of a field, whose name in the .proto is read as well. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
