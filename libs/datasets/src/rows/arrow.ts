/** Rows of Arrow IPC, stream or file: what Hugging Face `datasets` writes with save_to_disk. */
import { messageOf, UserError } from '@soar/core';
import { wholeOf, type Content } from './content.js';
import { plainFields, type Row } from './row.js';

export async function* arrowRows(content: Content): AsyncGenerator<Row> {
  const { tableFromIPC } = await import('@uwdata/flechette');
  const { name } = content;
  const bytes = await wholeOf(content);
  const read = <T>(what: () => T): T => {
    try {
      return what();
    } catch (error) {
      const message = `${name}: cannot be read as Arrow: ${messageOf(error)}; is the file complete?`;
      throw new UserError(message, 'DATA_LOSS', name, { cause: error });
    }
  };
  const table = read(() => tableFromIPC(bytes, { useBigInt: true }));
  for (let i = 0; i < table.numRows; i++)
    yield { place: `${name}: row ${i + 1}`, fields: read(() => plainFields(table.at(i))) };
}
