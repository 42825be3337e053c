/**
 * Rows as the bytes of a Parquet file, a row group at a time, so that a file of any length takes the memory of one
 * group. Equal rows give equal bytes. Not here: where the bytes go.
 */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { Fields } from './row.js';

export interface ParquetColumn {
  readonly name: string;
  readonly type: 'STRING' | 'INT32' | 'DOUBLE';
  /** Whether values may be null; default false. */
  readonly nullable?: boolean;
}

/** Rows of a group: enough for columns to be worth it, few enough to be held. */
const GROUP_ROWS = 4096;

export class ParquetEncoder {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;
  private waiting: Fields[] = [];

  constructor(private readonly columns: readonly ParquetColumn[]) {
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: schemaFromColumnData({ columnData: this.data() }),
    });
  }

  /** Takes rows; returns the bytes that are due, which follow those before. */
  push(rows: readonly Fields[]): Uint8Array {
    this.waiting.push(...rows);
    while (this.waiting.length >= GROUP_ROWS) this.write(this.waiting.splice(0, GROUP_ROWS));
    return this.taken();
  }

  /** The rest of the file. */
  end(): Uint8Array {
    if (this.waiting.length > 0) this.write(this.waiting.splice(0));
    void this.writer.finish(); // synchronous on a ByteWriter
    return this.taken();
  }

  private write(rows: readonly Fields[]): void {
    void this.writer.write({ columnData: this.data(rows), rowGroupSize: GROUP_ROWS });
  }

  private data(rows: readonly Fields[] = []) {
    return this.columns.map(({ name, type, nullable = false }) => ({
      name,
      type,
      nullable,
      data: rows.map((row) => row[name]),
    }));
  }

  /** What was written since the last time. */
  private taken(): Uint8Array {
    const taken = this.bytes.getBytes().slice();
    this.bytes.index = 0;
    return taken;
  }
}
