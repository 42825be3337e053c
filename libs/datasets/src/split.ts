/**
 * Splits problems in two halves, train and held-out test (paper, section 3.1: "50/50").
 *
 * Which half a problem is in depends on the seed and on the set of ids alone, not on the order of the file. With an
 * odd number, test gets one more, as in the paper's 359/360.
 */
import { Random, UserError } from '@soar/core';

export interface Split<P> {
  /** In the order given. */
  readonly train: P[];
  /** In the order given. */
  readonly test: P[];
}

/** Halves of `problems`. Throws UserError for fewer than 2. */
export function split<P extends { readonly id: string }>(problems: readonly P[], seed: number): Split<P> {
  if (problems.length < 2) {
    throw new UserError(`split: expected at least 2 problems, got ${problems.length}`, 'INVALID_ARGUMENT');
  }
  const ids = problems.map((problem) => problem.id).sort();
  const order = Random.of(seed).at('split').permutation(ids.length);
  const chosen = new Set(order.slice(0, Math.floor(ids.length / 2)).map((i) => ids[i]));
  return {
    train: problems.filter((problem) => chosen.has(problem.id)),
    test: problems.filter((problem) => !chosen.has(problem.id)),
  };
}

/** Problems and where they are from. */
interface SourcedProblems {
  readonly problems: readonly { readonly id: string }[];
  readonly source: string;
}

/** Refuses two splits that share an id: no problem may be both trained on and measured. Throws UserError. */
export function requireDisjoint(train: SourcedProblems, test: SourcedProblems): void {
  const ids = new Set(train.problems.map(({ id }) => id));
  const shared = test.problems.filter(({ id }) => ids.has(id));
  if (shared.length === 0) return;
  const more = shared.length > 1 ? ` and ${shared.length - 1} more` : '';
  throw new UserError(
    `${test.source}: id ${JSON.stringify(shared[0]!.id)}${more} also in ${train.source}; a problem belongs to one ` +
      'split. If the problems differ, "--id-field none" makes ids from their texts',
    'INVALID_ARGUMENT',
    test.source,
  );
}
