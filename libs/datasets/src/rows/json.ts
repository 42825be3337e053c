/**
 * Rows of JSON: one object a line (JSON Lines), or a document that is a list of objects, one object, or lists of
 * objects by split. Numbers that doubles do not hold are kept as text: an id of 19 digits stays itself.
 */
import { messageOf, UserError } from '@soar/core';
import { linesOf } from './lines.js';
import type { Fields, Row } from './row.js';
import { splitOf } from './splits.js';

/** Longest document, in UTF-16 units. */
const DOCUMENT_LENGTH_MAX = 2 ** 28;

/** Rows of JSON Lines. */
export async function* jsonLinesRows(pieces: AsyncIterable<string>, source: string): AsyncGenerator<Row> {
  for await (const { number, text } of linesOf(pieces, source)) yield lineRow(text, `${source}:${number}`);
}

/** Rows of a JSON document, or of JSON Lines if it turns out to be that. `split` chooses between lists. */
export async function* jsonRows(
  pieces: AsyncIterable<string>,
  source: string,
  split?: string,
): AsyncGenerator<Row> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length > DOCUMENT_LENGTH_MAX)
      throw refuse(source, `more than ${DOCUMENT_LENGTH_MAX} characters; use JSON Lines`);
  }
  let document: unknown;
  try {
    document = parseExactly(text);
  } catch (error) {
    const lines = text.split('\n').map((line, i) => ({ line, number: i + 1 }));
    const full = lines.filter(({ line }) => line.trim() !== '');
    if (full.length === 0) return;
    if (lineRow(full[0]!.line, '').fields === undefined) throw refuse(source, malformed(error, text), error);
    for (const { line, number } of full) yield lineRow(line, `${source}:${number}`);
    return;
  }
  let number = 0;
  for (const item of listIn(document, source, split)) {
    const place = `${source}: row ${++number}`;
    yield isRecord(item)
      ? { place, fields: item }
      : { place, error: `expected a JSON object, got ${show(item)}` };
  }
}

function lineRow(text: string, place: string): Row {
  try {
    const value = parseExactly(text);
    return isRecord(value)
      ? { place, fields: value }
      : { place, error: `expected a JSON object, got ${show(value)}` };
  } catch (error) {
    return { place, error: malformed(error, text) };
  }
}

/** The list of rows in a document. */
function listIn(document: unknown, source: string, split: string | undefined): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (!isRecord(document)) throw refuse(source, `expected a list of JSON objects, got ${show(document)}`);
  if (Object.values(document).length > 0 && Object.values(document).every(isColumn))
    throw refuse(
      source,
      'holds columns; expected a list of objects (in pandas: to_json(..., orient="records"))',
    );
  const lists = Object.entries(document).filter(([, value]) => isListOfRows(value)) as [string, unknown[]][];
  if (lists.length === 0) return [document];
  const [only, rows] = lists[0]!;
  // A single list is taken, unless its name is that of another split.
  if (lists.length === 1 && [undefined, only].includes(split)) return rows;
  if (lists.length === 1 && splitOf(only).split === undefined) return rows;
  const chosen = lists.find(([name]) => name === split);
  if (chosen !== undefined) return chosen[1];
  const names = lists.map(([name]) => name).join(', ');
  throw refuse(source, `holds the lists ${names}; choose one with --split`);
}

/** Values of one field in all rows, as pandas and `datasets` write columns. */
function isColumn(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && !value.some(isRecord) : isRecord(value) && '0' in value;
}

/** A list of objects that are no messages of a conversation. */
function isListOfRows(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => isRecord(item) && !('role' in item))
  );
}

/**
 * JSON.parse, but numbers whose digits a double would not give back are text. Between strings, JSON has digits in
 * numbers alone, so a number is found without parsing.
 */
function parseExactly(text: string): unknown {
  if (!/\d{16}|\d[.eE]/.test(text)) return JSON.parse(text);
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || String(Number(token)) === token || Number.isNaN(Number(token))
      ? token
      : `"${token}"`,
  );
  return JSON.parse(exact);
}

/** What is wrong with a text that is no JSON, and what is likely meant. */
function malformed(error: unknown, text: string): string {
  const message = messageOf(error);
  const escape = /\\(?!["\\/bfnrtu])[A-Za-z]*/.exec(text.replaceAll('\\\\', '  '))?.[0];
  const hint =
    /escape/i.test(message) && escape !== undefined ? `: "${escape}" needs two backslashes in JSON` : '';
  return `malformed JSON: ${message}${hint}`;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function refuse(source: string, what: string, cause?: unknown): UserError {
  return new UserError(`${source}: ${what}`, 'INVALID_ARGUMENT', source, { cause });
}
