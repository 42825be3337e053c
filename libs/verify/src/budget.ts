/**
 * The soft limit: a count of elementary operations instead of a clock, so a loaded machine gives the same verdicts as
 * an idle one. Every loop whose length depends on the input charges the budget; when it is spent the verdict is
 * UNDECIDED. The hard limit (killing a process) belongs to the verifier service, not here.
 */

/**
 * Thrown inside this package when the budget is spent; `verify` turns it into a verdict, so it never leaves the
 * package.
 */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

/** Operations one verdict may use; one is roughly 20 ns to 200 ns of work. */
const OPERATIONS_MAX = 60_000;

/** Counts operations down. */
export class Budget {
  constructor(private left: number = OPERATIONS_MAX) {}

  /** Charges `operations`; throws BudgetSpent when they are not left. */
  spend(operations: number): void {
    this.left -= operations;
    if (!(this.left >= 0)) throw new BudgetSpent('operation budget spent');
  }
}
