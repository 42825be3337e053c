/**
 * The version of a journal's format: the names of its entries, and the meaning of their values.
 *
 * A run started by one version of the software resumes under the next, as long as that one reads its format. The number
 * changes when a step is renamed, split or changes its meaning; a new field in a message does not change it. A journal
 * of every supported format is kept in testdata/ and replayed by a test.
 */
import { UserError } from '@soar/core';
import type { RunJournal } from '@soar/store';

const JOURNAL_FORMAT = 1;

const ENTRY = 'format';

/** Writes the format into a new journal. Throws FAILED_PRECONDITION for one that this version does not read. */
export async function checkFormat(what: string, journal: Pick<RunJournal, 'get' | 'put'>): Promise<void> {
  const kept = await journal.get(ENTRY);
  // The first journals had no such entry; their format is 1.
  const found = kept === undefined ? JOURNAL_FORMAT : Number(Buffer.from(kept).toString());
  if (found !== JOURNAL_FORMAT) {
    const message =
      `${what}: it was started by a version of this software whose journals have format ${found}; this version reads ` +
      `format ${JOURNAL_FORMAT}. Finish it with that version, or start it again under another id`;
    throw new UserError(message, 'FAILED_PRECONDITION', 'id');
  }
  if (kept === undefined) await journal.put(ENTRY, Buffer.from(String(JOURNAL_FORMAT)));
}
