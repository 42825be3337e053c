/**
 * Finds what is misspelt in the JSON form of a message, before the protobuf library reads it: the library names only
 * the innermost field, this the whole path, with what was expected there and the nearest known name. It accepts what
 * the library accepts: field names as in JSON or as in the .proto, null for "not set".
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from '@bufbuild/protobuf';
import { UserError } from '@soar/core';
import type { FieldViolation } from './validate.js';

/** Throws UserError INVALID_ARGUMENT for the first field of `json` that `schema` does not know or cannot hold. */
export function checkSpelling(schema: DescMessage, json: unknown, source: string): void {
  const [first] = misspellings(schema, json);
  if (first !== undefined) throw refuse(source, first.field, first.description);
}

/** Every field of `json` that `schema` does not know or cannot hold, in the order of the text. */
export function misspellings(schema: DescMessage, json: unknown): FieldViolation[] {
  return ofFields(schema, json, '');
}

function ofFields(schema: DescMessage, json: unknown, path: string): FieldViolation[] {
  if (schema.typeName.startsWith('google.protobuf.')) return ofLeaf(schema, json, path);
  if (!isObject(json)) return wrong(path, `expected an object, got ${show(json)}`);
  return Object.entries(json).flatMap(([name, value]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const field = schema.fields.find((f) => f.jsonName === name || f.name === name);
    if (field === undefined) return wrong(at, `unknown field; ${nearest(name, schema)}`);
    return value === null ? [] : ofField(field, value, at);
  });
}

function ofField(field: DescField, value: JsonValue, at: string): FieldViolation[] {
  if (field.fieldKind === 'list') {
    if (!Array.isArray(value)) return wrong(at, `expected a list, got ${show(value)}`);
    if (field.message === undefined) return ofValue(field, value, at);
    return value.flatMap((item, i) => ofFields(field.message, item, `${at}[${i}]`));
  }
  if (field.fieldKind === 'message') return ofFields(field.message, value, at);
  if (field.fieldKind === 'map' && field.message !== undefined && isObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => ofFields(field.message, item, `${at}["${key}"]`));
  }
  return ofValue(field, value, at);
}

/** Lets the library read this one field alone, so that what it says about it can be put beside the path. */
function ofValue(field: DescField, value: JsonValue, at: string): FieldViolation[] {
  try {
    fromJson(field.parent, { [field.jsonName]: value });
    return [];
  } catch {
    return wrong(at, `expected ${expected(field)}, got ${show(value)}`);
  }
}

function ofLeaf(schema: DescMessage, json: unknown, path: string): FieldViolation[] {
  try {
    fromJson(schema, json as JsonValue);
    return [];
  } catch {
    return wrong(path, `expected a ${schema.typeName}, got ${show(json)}`);
  }
}

function wrong(field: string, description: string): FieldViolation[] {
  return [{ field, description }];
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
      ? `one of ${namesOf(field.enum).join(', ')}`
      : field.scalar !== undefined
        ? (SCALARS[field.scalar] ?? 'a whole number')
        : 'a value';
  if (field.fieldKind === 'list') return `a list, each ${one}`;
  return field.fieldKind === 'map' ? `an object, each value ${one}` : one;
}

/** The names of an enum, without the one for "not set". */
function namesOf({ values }: DescEnum): string[] {
  return values.filter(({ number }) => number !== 0).map(({ name }) => name);
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

/** The error of `path` in `source`. */
export function refuse(source: string, path: string, what: string): UserError {
  return new UserError(`${source}: ${path === '' ? '' : `${path}: `}${what}`, 'INVALID_ARGUMENT', path);
}
