/** Rows of CSV with a header (RFC 4180), separated by commas, semicolons or tabs. All values are text. */
import { pipeline } from 'node:stream/promises';
import { UserError } from '@soar/core';
import type { CsvError, Info } from 'csv-parse';
import type { Row } from './row.js';

/** Longest record, in characters. */
const RECORD_LENGTH_MAX = 2 ** 26;

export async function* csvRows(pieces: AsyncIterable<string>, source: string): AsyncGenerator<Row> {
  const { parse } = await import('csv-parse');
  const texts = pieces[Symbol.asyncIterator]();
  const first = await texts.next();
  if (first.done === true) return;
  const parser = parse({
    columns: (header: string[]) => checkHeader(header, source),
    delimiter: delimiterOf(first.value, source),
    info: true,
    skip_empty_lines: true,
    max_record_size: RECORD_LENGTH_MAX,
  });
  async function* all(): AsyncGenerator<string> {
    yield first.value as string;
    for (let next = await texts.next(); next.done !== true; next = await texts.next()) yield next.value;
  }
  // An error of either side ends the loop below; the reader may also stop early, which is no error.
  pipeline(all(), parser).catch(() => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: Info;
    }>)
      yield { place: `${source}:${info.lines}`, fields: record };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message, lines } = error as CsvError & { readonly lines?: number };
    throw new UserError(
      `${source}:${lines ?? 1}: malformed CSV: ${message}; quote texts that hold separators, quotes or line breaks`,
      'INVALID_ARGUMENT',
      source,
      { cause: error },
    );
  }
}

function checkHeader(header: readonly string[], source: string): string[] {
  const names = header.map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UserError(`${source}:1: the header has "${twice}" twice`, 'INVALID_ARGUMENT', source);
  return names;
}

/** The separator that the header has most often. */
function delimiterOf(text: string, source: string): string {
  if (/\.tsv(\.gz)?$/i.test(source)) return '\t';
  const header = text.split('\n', 1)[0]!.replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((a, b) => (count(b) > count(a) ? b : a));
}
