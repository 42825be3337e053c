/**
 * What is wrong with the inputs of a command, all of it at once, so that a user mends everything in one go. A problem
 * has a place where it is in a file: file, line and column, as editors and terminals make links of.
 */
import { UserError, type Reason } from '@soar/core';

export interface InputProblem {
  /** What is wrong, where and what to do, without the place. */
  readonly message: string;
  readonly file?: string | undefined;
  /** From 1. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The field of the configuration, or the flag. */
  readonly field?: string | undefined;
  /** Default: INVALID_ARGUMENT. */
  readonly reason?: Reason | undefined;
}

/** Problems as one error, which shows each on a line of its own. */
export class InputErrors extends UserError {
  constructor(readonly problems: readonly InputProblem[]) {
    const [first] = problems;
    const shown = describeProblems(problems);
    const message =
      shown.length === 1
        ? shown[0]!
        : `${problems.length} things are wrong with the input\n${shown.map((line) => `  ${line}`).join('\n')}`;
    super(message, shown.length === 1 ? reasonOf(first!) : 'INVALID_ARGUMENT', first?.field ?? first?.file);
  }
}

/** What does not fit is bad input too, when it is known before any work. */
function reasonOf({ reason }: InputProblem): Reason | undefined {
  return reason === 'RESOURCE_EXHAUSTED' ? 'FAILED_PRECONDITION' : reason;
}

const SHOWN_MAX = 30;

/** Each problem as a line, and how many more there are. */
export function describeProblems(problems: readonly InputProblem[]): string[] {
  const more = problems.length - SHOWN_MAX;
  return [...problems.slice(0, SHOWN_MAX).map(describeProblem), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** "run.yaml:3:5: teacher.datasets: must be ..." */
export function describeProblem({ file, line, column, message }: InputProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return place === '' ? message : `${place}: ${message}`;
}

/** Collects problems, and what was found in spite of them. */
export class Problems {
  readonly all: InputProblem[] = [];

  add(...problems: readonly InputProblem[]): void {
    this.all.push(...problems);
  }

  addFirst(...problems: readonly InputProblem[]): void {
    this.all.unshift(...problems);
  }

  /** The result of `work`; undefined, with the problem added, where it throws UserError. */
  async of<T>(work: () => Promise<T> | T): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.add(...problemsOf(error));
      return undefined;
    }
  }

  /** The same of several: the results that there are. */
  async ofAll<T>(works: readonly (() => Promise<T> | T)[]): Promise<T[]> {
    const results: T[] = [];
    for (const work of works) {
      const result = await this.of(work);
      if (result !== undefined) results.push(result);
    }
    return results;
  }

  /** Throws all of them; nothing where there are none. */
  refuse(): void {
    if (this.all.length > 0) throw new InputErrors(this.all);
  }
}

/** The result of `work`, whose UserErrors are bad input. */
export async function checkedInput<T>(work: () => T): Promise<T> {
  const problems = new Problems();
  const result = await problems.of(work);
  problems.refuse();
  return result!;
}

/** What a UserError says is wrong. Throws what is no UserError. */
function problemsOf(error: unknown): readonly InputProblem[] {
  if (error instanceof InputErrors) return error.problems;
  if (!(error instanceof UserError)) throw error;
  return [{ message: error.message, field: error.where, reason: error.reason }];
}
