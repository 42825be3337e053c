/** The builds of a run, as a part of its report in its journal. */
import {
  create,
  type CreateRunRequest,
  fromBinary,
  RunReportSchema,
  toBinary,
  type WorkingBuilds,
} from '@soar/contracts';
import type { RunJournal } from '@soar/store';
import { BUILDS_PREFIX, isResult, isStepPart, parts } from '../journal/addresses.js';
import type { Worked } from './admission.js';

/** `journalOf`: of other runs, for a fork. */
export function builtRun(
  { id, config, fork }: Pick<CreateRunRequest, 'id' | 'config' | 'fork'>,
  journal: RunJournal,
  journalOf: (id: string) => Pick<RunJournal, 'values'>,
): Worked {
  const copied = fork?.fromStep ?? 0;
  /** Those that made the steps that a fork copies. */
  const inherited = async (): Promise<WorkingBuilds[]> =>
    copied === 0
      ? []
      : (await keptIn(journalOf(fork!.runId))).filter(({ fromOuterStep }) => fromOuterStep < copied);
  return {
    what: `run "${id}"`,
    id,
    kept: async () => {
      const own = await keptIn(journal);
      return own.length > 0 ? own : inherited();
    },
    append: async (builds) => {
      const entries = (await journal.names()).filter((name) => name.startsWith(BUILDS_PREFIX)).length;
      const all = entries === 0 ? [...(await inherited()), ...builds] : builds;
      if (all.length === 0) return;
      const part = create(RunReportSchema, { versions: { builds: [...all] } });
      await journal.put(parts.builds(entries), toBinary(RunReportSchema, part));
    },
    progress: async () => {
      const names = await journal.names();
      const done = Math.max(copied, names.filter(isStepPart).length);
      return {
        done,
        remaining: names.includes(parts.end) ? 'nothing' : done < config!.outerSteps ? 'outer steps' : 'arms',
        hasResults: copied > 0 || names.some(isResult),
      };
    },
  };
}

async function keptIn(journal: Pick<RunJournal, 'values'>): Promise<WorkingBuilds[]> {
  const entries = await journal.values(BUILDS_PREFIX);
  return entries.flatMap((bytes) => fromBinary(RunReportSchema, bytes).versions?.builds ?? []);
}
