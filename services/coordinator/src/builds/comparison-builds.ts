/** The builds of a comparison, in its journal. The runs of its teachers have their own. */
import { fromBinary, toBinary, type WorkingBuilds, WorkingBuildsSchema } from '@soar/contracts';
import type { RunJournal } from '@soar/store';
import { COMPARISON_BUILDS_PREFIX, comparisonEntries, isResult, UNIT_PREFIX } from '../journal/addresses.js';
import type { Worked } from './admission.js';

/** `planned`: names of its units as of now, teachers apart. */
export function builtComparison(
  id: string,
  journal: RunJournal,
  planned: () => Promise<{ readonly teachers: readonly string[]; readonly all: readonly string[] }>,
): Worked {
  return {
    what: `comparison "${id}"`,
    id,
    kept: () => comparisonBuilds(journal),
    append: async (builds) => {
      let next = (await journal.values(COMPARISON_BUILDS_PREFIX)).length;
      for (const one of builds)
        await journal.put(comparisonEntries.builds(next++), toBinary(WorkingBuildsSchema, one));
    },
    progress: async () => {
      const names = new Set(await journal.names());
      const isMissing = (unit: string): boolean => !names.has(comparisonEntries.unit(unit));
      const { teachers, all } = await planned();
      return {
        done: [...names].filter((name) => name.startsWith(UNIT_PREFIX)).length,
        remaining: teachers.some(isMissing) ? 'outer steps' : all.some(isMissing) ? 'arms' : 'nothing',
        hasResults: [...names].some(isResult),
      };
    },
  };
}

export async function comparisonBuilds(journal: Pick<RunJournal, 'values'>): Promise<WorkingBuilds[]> {
  const kept = await journal.values(COMPARISON_BUILDS_PREFIX);
  return kept.map((bytes) => fromBinary(WorkingBuildsSchema, bytes));
}
