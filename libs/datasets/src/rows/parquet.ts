/** Rows of Parquet, one row group at a time, from disk or from memory. */
import { open } from 'node:fs/promises';
import { messageOf, UserError } from '@soar/core';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { wholeOf, type Content } from './content.js';
import { plainFields, type Row } from './row.js';

/** Most bytes of a row group, uncompressed: it is decoded as a whole. */
const GROUP_BYTES_MAX = 2 ** 31;

export async function* parquetRows(content: Content): AsyncGenerator<Row> {
  const { path } = content;
  if (path === undefined) {
    const { buffer } = await wholeOf(content);
    return yield* rowsIn(buffer, content.name);
  }
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length) throw new Error(`the file ends at byte ${start + bytesRead}`);
      return bytes.buffer;
    };
    yield* rowsIn({ byteLength: size, slice }, content.name);
  } finally {
    await handle.close();
  }
}

async function* rowsIn(file: AsyncBuffer, name: string): AsyncGenerator<Row> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const { compressors: all } = await import('hyparquet-compressors');
  // Its LZ4 refuses blocks that pyarrow writes.
  const { LZ4: _, LZ4_RAW: __, ...compressors } = all;
  const metadata = await reading(name, () => parquetMetadataAsync(file));
  checkGroups(metadata, name);
  let first = 0;
  for (const { num_rows } of metadata.row_groups) {
    const end = first + Number(num_rows);
    const rows = await reading(name, () =>
      parquetReadObjects({ file, metadata, rowStart: first, rowEnd: end, compressors, utf8: false }),
    );
    for (const [i, row] of rows.entries())
      yield { place: `${name}: row ${first + i + 1}`, fields: plainFields(row) };
    first = end;
  }
}

function checkGroups({ row_groups }: FileMetaData, name: string): void {
  const largest = row_groups.reduce((most, { total_byte_size: bytes }) => Math.max(most, Number(bytes)), 0);
  if (largest <= GROUP_BYTES_MAX) return;
  throw new UserError(
    `${name}: a row group of ${largest} bytes; expected at most ${GROUP_BYTES_MAX}: write it with smaller ones`,
    'INVALID_ARGUMENT',
    name,
  );
}

/** What the reader throws, as one message. */
async function reading<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const message = `${name}: cannot be read as Parquet: ${messageOf(error)}; is the file complete?`;
    throw new UserError(message, 'DATA_LOSS', name, { cause: error });
  }
}
