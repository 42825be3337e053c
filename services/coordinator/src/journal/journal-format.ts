/**
 * Which form of journal a run was begun with: the names of steps, what their values are, and what follows from them.
 *
 * A run that was begun by one version of the software is gone on with by the next, as long as that one reads its form.
 * The number changes when a step is renamed, split, or means something else; adding a field to a message does not
 * change it. Journals of every form that is read are kept in testdata/ and replayed by a test.
 */
import { UserError } from '@soar/core';
import type { RunJournal } from '@soar/store';

export const JOURNAL_FORMAT = 1;

const ENTRY = 'format';

/** Notes the form in a new journal. Throws FAILED_PRECONDITION for one that this version does not read. */
export async function checkFormat(what: string, journal: Pick<RunJournal, 'get' | 'put'>): Promise<void> {
  const kept = await journal.get(ENTRY);
  // Journals of before there was a note have form 1.
  const found = kept === undefined ? JOURNAL_FORMAT : Number(Buffer.from(kept).toString());
  if (found !== JOURNAL_FORMAT) {
    const message =
      `${what}: it was begun by a version of this software whose journal has the format ${found}, this one reads ` +
      `${JOURNAL_FORMAT}; finish it with that version, or start it anew under another id`;
    throw new UserError(message, 'FAILED_PRECONDITION', 'id');
  }
  if (kept === undefined) await journal.put(ENTRY, Buffer.from(String(JOURNAL_FORMAT)));
}
