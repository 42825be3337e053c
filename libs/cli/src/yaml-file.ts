/**
 * A YAML file that holds one mapping, read strictly: duplicate keys and empty values are refused, and every error about
 * a field names file and line. What the fields mean is the caller's business.
 */
import { readFileSync } from 'node:fs';
import { messageOf, UserError } from '@soar/core';
import { decodeText } from '@soar/files';
import { isMap, isPair, isSeq, LineCounter, parseDocument, type Document } from 'yaml';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A YAML file that holds one mapping, with the line of each field. */
export class YamlFile {
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

/**
 * Refuses empty values. YAML reads them as null, which means "the default" in proto3 JSON; here they are likely
 * slips.
 */
export function refuseEmptyValues(yaml: YamlFile, json: Json, path: readonly string[]): void {
  if (json === null) throw yaml.refuse(path.join('.'), 'has no value; write one or leave the field out');
  if (typeof json !== 'object') return;
  for (const [key, value] of Object.entries(json)) refuseEmptyValues(yaml, value, [...path, key]);
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
