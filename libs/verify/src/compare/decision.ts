/** The result of a comparison, and its arguments. */
import type { Budget } from '../budget.js';
import type { Expression } from '../expression.js';
import type { Policies } from '../options.js';

/** `undecided`: cannot be decided within the limits; it never becomes CORRECT. */
export interface Decision {
  readonly outcome: 'equal' | 'different' | 'undecided';
  /** The method that decided: 'rational', 'field', 'points', 'sets', ... */
  readonly by: string;
}

export interface Context {
  readonly policies: Policies;
  readonly budget: Budget;
  /**
   * Compares parts of both answers, of whatever shape: items of lists, sides of equations. It is passed as an
   * argument and not imported, because the file for all shapes imports the files for single shapes.
   */
  readonly compareParts: (gold: Expression, answer: Expression) => Decision;
}

export const equal = (by: string): Decision => ({ outcome: 'equal', by });
export const different = (by: string): Decision => ({ outcome: 'different', by });
export const undecided = (by: string): Decision => ({ outcome: 'undecided', by });

export const isEqual = (decision: Decision): boolean => decision.outcome === 'equal';

/** All must be equal; one difference outweighs undecided parts. */
export function every(count: number, decide: (index: number) => Decision, by: string): Decision {
  let open: Decision | undefined;
  let last = equal(by);
  for (let i = 0; i < count; i++) {
    const decision = decide(i);
    if (decision.outcome === 'different') return decision;
    if (decision.outcome === 'undecided') open = decision;
    else last = decision;
  }
  return open ?? (count === 1 ? last : equal(by));
}

/** One must be equal; undecided parts outweigh differences. */
export function some(decisions: readonly (() => Decision)[]): Decision {
  let result: Decision | undefined;
  for (const decide of decisions) {
    const decision = decide();
    if (isEqual(decision)) return decision;
    if (result === undefined || decision.outcome === 'undecided') result = decision;
  }
  return result ?? different('none');
}
