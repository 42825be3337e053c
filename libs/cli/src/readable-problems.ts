/**
 * Verdicts that are no verdicts. A gold answer that the domain cannot read says nothing about the model, nor does a
 * response whose grading was undecided or timed out: such problems are left out before the work, and such samples are
 * counted apart.
 */
import type { ProblemOutcome } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Problem, ProblemSet } from '@soar/datasets';
import { passAtK } from '@soar/rl';
import type { ChosenDomain } from './domains/chosen-domain.js';

/** A gold answer that cannot be read. */
export interface Unreadable {
  readonly problem: Problem;
  /** File and row. */
  readonly place: string;
  readonly reason: string;
}

/** The problems whose gold answers `domain` can read, and the others. */
export async function readableIn(
  domain: ChosenDomain,
  { problems, places }: Pick<ProblemSet, 'problems' | 'places'>,
): Promise<{ readonly problems: readonly Problem[]; readonly unreadable: readonly Unreadable[] }> {
  const readings = await domain.readAnswers(problems.map(({ answer }) => answer));
  const unreadable = problems.flatMap((problem, i) => {
    const read = readings[i]!;
    return read.ok ? [] : [{ problem, place: places[i]!, reason: read.reason }];
  });
  const left = new Set(unreadable.map(({ problem }) => problem));
  return { problems: problems.filter((problem) => !left.has(problem)), unreadable };
}

/** As `readableIn`, with a warning about the others. Throws UserError if none can be read. */
export async function requireReadable(
  domain: ChosenDomain,
  set: ProblemSet,
  warn: (line: string) => void,
): Promise<readonly Problem[]> {
  const { problems, unreadable } = await readableIn(domain, set);
  const [first] = unreadable;
  if (first === undefined) return problems;
  const where = `the first is ${first.place}: ${JSON.stringify(first.problem.answer)}: ${first.reason}`;
  if (problems.length === 0)
    throw new UserError(
      `${set.source}: no gold answer can be read in the domain ${domain.name}; check --domain (${where})`,
      'INVALID_ARGUMENT',
      set.source,
    );
  warn(
    `warning: ${unreadable.length} of ${set.problems.length} problems are left out: ${domain.name} cannot read their ` +
      `gold answers; ${where}`,
  );
  return problems;
}

type Counted = Pick<ProblemOutcome, 'samples' | 'correct' | 'ungraded'>;

/** Mean pass@k over the problems with at least k graded samples; undefined if there are none. */
export function meanPassAtK(outcomes: readonly Counted[], k: number): number | undefined {
  const graded = outcomes.filter(({ samples, ungraded }) => samples - ungraded >= k);
  if (graded.length === 0) return undefined;
  const shares = graded.map(({ samples, correct, ungraded }) => passAtK(samples - ungraded, correct, k));
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** What to say of samples without a verdict; undefined if there are none. */
export function ungradedWarning(outcomes: readonly Counted[]): string | undefined {
  const affected = outcomes.filter(({ ungraded }) => ungraded > 0);
  if (affected.length === 0) return undefined;
  const total = (of: (outcome: Counted) => number): number =>
    outcomes.reduce((sum, each) => sum + of(each), 0);
  return (
    `warning: ${total(({ ungraded }) => ungraded)} of ${total(({ samples }) => samples)} samples, of ` +
    `${affected.length} problems, have no verdict (undecided or timed out) and are left out`
  );
}
