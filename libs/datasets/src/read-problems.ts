/**
 * Reads problems from files as people have them. A file is accepted or refused as a whole, and every message names the
 * file and the row.
 */
import { UserError } from '@soar/core';
import { problemOf, solutionOf, type Problem } from './problem.js';
import { filesAt } from './rows/locate.js';
import { readRows } from './rows/read-rows.js';
import type { Fields, Row } from './rows/row.js';
import type { SplitChoice } from './rows/splits.js';
import { fieldOf } from './shapes/fields.js';
import { recognise, type FieldNames, type Shape } from './shapes/shape.js';

/** Which problems of the files are taken, and from which fields. */
export interface Selection extends FieldNames, SplitChoice {
  /** The first so many. */
  readonly limit?: number | undefined;
  /** Field and value; several values of a field are alternatives, several fields must all agree. */
  readonly filter?: readonly (readonly [string, string])[] | undefined;
}

/** Problems with where they come from. */
export interface ProblemSet {
  /** In the order of the files. */
  readonly problems: readonly Problem[];
  /** The arguments that were read, for messages. */
  readonly source: string;
  /** What the files were recognised as: "GSM8K (question and answer after "####")". */
  readonly shape: string;
  /** File and row of each problem. */
  readonly places: readonly string[];
  /** The solution of each problem, where its row has one. */
  readonly solutions?: readonly (string | undefined)[];
  /** Rows that repeat another one, question and answer, in files without ids; they are left out. */
  readonly repeated: number;
}

/** Most problems that are read. */
const PROBLEMS_MAX = 1_000_000;
const ERRORS_SHOWN_MAX = 5;
const SOURCES_SHOWN_MAX = 3;
/** Values of a field that a message shows. */
const VALUES_SHOWN_MAX = 12;

/** The problems in `paths`: files, folders, patterns. Throws UserError. */
export async function readProblems(
  paths: string | readonly string[],
  selection: Selection = {},
): Promise<ProblemSet> {
  const list = typeof paths === 'string' ? [paths] : paths;
  const collected = new Collected(sourceOf(list), selection);
  for (const path of list) {
    for (const file of await filesAt(path, selection)) {
      let shape: Shape | undefined;
      for await (const row of readRows(file, selection)) {
        shape = collected.add(row, shape);
        if (collected.isFull) return collected.set();
      }
    }
  }
  return collected.set();
}

function sourceOf(paths: readonly string[]): string {
  const [first, ...others] = paths;
  return others.length < SOURCES_SHOWN_MAX ? paths.join(', ') : `${first} and ${others.length} more`;
}

/** Problems as they are read, and what is wrong with the rows. */
class Collected {
  private readonly problems: Problem[] = [];
  private readonly places: string[] = [];
  private readonly solutions: (string | undefined)[] = [];
  private readonly placeOf = new Map<string, string>();
  private readonly shapes = new Set<string>();
  private readonly errors: string[] = [];
  private errorCount = 0;
  private repeated = 0;
  /** Values that were seen of the fields to filter by. */
  private readonly values = new Map<string, Set<string>>();

  constructor(
    private readonly source: string,
    private readonly selection: Selection,
  ) {}

  get isFull(): boolean {
    return this.problems.length >= (this.selection.limit ?? Infinity);
  }

  /** Takes a row of a file of this shape, or of one whose shape is not known yet; returns the shape. */
  add({ place, fields, error }: Row, shape: Shape | undefined): Shape | undefined {
    try {
      if (fields === undefined) throw new UserError(error!);
      if (!this.passes(fields)) return shape;
      const known = shape ?? recognise(fields, this.selection);
      this.shapes.add(known.about);
      this.take(problemOf(fields, known), solutionOf(fields, known), place, known.id === undefined);
      return known;
    } catch (failure) {
      if (!(failure instanceof UserError)) throw failure;
      this.errorCount++;
      if (this.errors.length < ERRORS_SHOWN_MAX) this.errors.push(`${place}: ${failure.message}`);
      return shape;
    }
  }

  set(): ProblemSet {
    const { problems, places, solutions, source, repeated, errors, errorCount } = this;
    if (errorCount > 0) {
      const more = errorCount > errors.length ? [`and ${errorCount - errors.length} more`] : [];
      throw new UserError([...errors, ...more].join('\n  '), 'INVALID_ARGUMENT', source);
    }
    if (problems.length === 0)
      throw new UserError(`${source}: ${this.whyNone()}`, 'INVALID_ARGUMENT', source);
    return { problems, places, solutions, source, repeated, shape: [...this.shapes].join(', ') };
  }

  private take(problem: Problem, solution: string | undefined, place: string, isIdMade: boolean): void {
    const before = this.placeOf.get(problem.id);
    if (before !== undefined) {
      if (isIdMade) return void this.repeated++;
      throw new UserError(
        `id ${JSON.stringify(problem.id)} is already at ${before}; "--id-field none" makes ids from the texts`,
      );
    }
    if (this.problems.length === PROBLEMS_MAX)
      throw new UserError(`more than ${PROBLEMS_MAX} problems; take some with --limit or --filter`);
    this.placeOf.set(problem.id, place);
    this.problems.push(problem);
    this.places.push(place);
    this.solutions.push(solution);
  }

  private passes(fields: Fields): boolean {
    const { filter = [] } = this.selection;
    return filter.every(([name]) => {
      const value = fieldOf(fields, name);
      const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
      const seen = this.values.get(name) ?? new Set();
      if (value !== undefined && seen.size <= VALUES_SHOWN_MAX) this.values.set(name, seen.add(text));
      return filter.some(([other, wanted]) => other === name && wanted === text);
    });
  }

  private whyNone(): string {
    const { filter = [] } = this.selection;
    if (filter.length === 0) return 'holds no problems; expected rows with a question and an answer';
    const seen = filter.map(([name]) => {
      const values = [...(this.values.get(name) ?? [])];
      if (values.length === 0) return `no row has the field "${name}"`;
      const shown = values.slice(0, VALUES_SHOWN_MAX).join(', ');
      return `values of "${name}": ${shown}${values.length > VALUES_SHOWN_MAX ? ', ...' : ''}`;
    });
    return `no problem passes --filter; ${[...new Set(seen)].join('; ')}`;
  }
}
