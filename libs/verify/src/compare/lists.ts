/**
 * Tuples, sets of listed items, lists without brackets, vectors and matrices.
 *
 *   ( ) against ( )   in order                { } against { }   as sets
 *   bare against { }  as sets                 bare against bare without order, unless the policy asks for it
 *   bare against ( )  in order                [ ] against ( ) or bare   if three or more items (two may be an interval)
 *   column or row matrix against ( ) or bare  in order
 */
import type { Expression, List } from '../expression.js';
import { different, equal, every, isEqual, undecided, type Context, type Decision } from './decision.js';
import { freeNames } from './names.js';
import { assignmentOf, type Assignment } from './readings.js';

export function compareLists(gold: Expression, answer: Expression, context: Context): Decision {
  const [inGold, inAnswer] = [onlyElement(gold), onlyElement(answer)];
  if ((inGold === undefined) !== (inAnswer === undefined)) {
    return context.compareParts(inGold ?? gold, inAnswer ?? answer);
  }
  if (gold.kind !== 'list' || answer.kind !== 'list') return compareWithSingle(gold, answer, context);
  if (isGathered(gold) && isGathered(answer) && gold.joined !== answer.joined) return different('joined');
  const named = compareNamedValues(gold, answer, context);
  if (named !== undefined) return named;
  const shape = shapeOf(gold, answer, context);
  if (shape === undefined) return different('brackets');
  if (shape === 'ordered') return inOrder(gold.items, answer.items, context);
  return withoutOrder(gold.items, answer.items, shape === 'set', context);
}

/** Values with names that "and" or "or" joins. */
function isGathered(list: List): boolean {
  return list.joined !== undefined && list.items.some((item) => freeNames(item).size > 0);
}

/** The element of `{5}` or `{(1, 2)}`. */
function onlyElement(expression: Expression): Expression | undefined {
  return expression.kind === 'list' && expression.open === '{' && expression.items.length === 1
    ? expression.items[0]
    : undefined;
}

/** `5` and `{5}` are the same answer; `5` and `5, 6` are not. */
function compareWithSingle(gold: Expression, answer: Expression, context: Context): Decision {
  const list = gold.kind === 'list' ? gold : answer;
  if (list.kind !== 'list' || list.items.length !== 1) return different('shape');
  return gold.kind === 'list'
    ? context.compareParts(list.items[0]!, answer)
    : context.compareParts(gold, list.items[0]!);
}

function shapeOf(gold: List, answer: List, context: Context): 'ordered' | 'unordered' | 'set' | undefined {
  const [g, a] = [gold.open + gold.close, answer.open + answer.close];
  if (!context.policies.strict && (g === '{}' || a === '{}')) return 'set';
  if (g === '' && a === '') {
    if (context.policies.listOrder === 'same') return 'ordered';
    if (namesOnOneSide(gold, answer)) return 'ordered';
    // A list of points is a set: one that occurs twice counts once.
    return [...gold.items, ...answer.items].every(isTuple) ? 'set' : 'unordered';
  }
  if (g === '{}' || a === '{}')
    return (g === '{}' || g === '') && (a === '{}' || a === '') ? 'set' : undefined;
  if (g === a) return 'ordered';
  const bare = (g === '' && a === '()') || (g === '()' && a === '');
  const bracketed = g === '[]' || a === '[]';
  if (bare || (bracketed && gold.items.length > 2)) return 'ordered';
  return undefined;
}

/** `7 boys, 5 girls` against `7, 5`: where one side says what is counted, the other keeps its order. */
function namesOnOneSide(gold: List, answer: List): boolean {
  const units = (list: List): Set<string> =>
    new Set(list.items.map((item) => (item.kind === 'quantity' ? item.unit : '')));
  const [g, a] = [units(gold), units(answer)];
  return (g.size > 1 && a.size === 1) || (a.size > 1 && g.size === 1);
}

/** Inside a list {5} is not 5: braces around one item are redundant only in a whole answer. */
function compareItems(gold: Expression, answer: Expression, context: Context): Decision {
  const isBraced = (item: Expression): boolean => onlyElement(item) !== undefined;
  return isBraced(gold) === isBraced(answer) ? context.compareParts(gold, answer) : different('brackets');
}

function isTuple(item: Expression): boolean {
  return item.kind === 'list' && item.open === '(';
}

function inOrder(gold: readonly Expression[], answer: readonly Expression[], context: Context): Decision {
  if (gold.length !== answer.length) return different('length');
  return every(gold.length, (i) => compareItems(gold[i]!, answer[i]!, context), 'items');
}

/**
 * Pairs every item with an equal one. Greedy, starting with the item at the same place: equality is transitive enough.
 */
function withoutOrder(
  gold: readonly Expression[],
  answer: readonly Expression[],
  asSets: boolean,
  context: Context,
): Decision {
  if (!asSets && gold.length !== answer.length) return different('length');
  const free = new Set(answer.keys());
  let open = false;
  for (let i = 0; i < gold.length; i++) {
    const match = findMatch(gold[i]!, answer, i, asSets ? undefined : free, context);
    if (match === 'undecided') open = true;
    else if (match === undefined) return different('items');
    else free.delete(match);
  }
  if (asSets) {
    for (const left of free) {
      const decision = findMatch(answer[left]!, gold, left, undefined, context);
      if (decision === undefined) return different('items');
      if (decision === 'undecided') open = true;
    }
  }
  return open ? undecided('items') : equal('items');
}

function findMatch(
  wanted: Expression,
  among: readonly Expression[],
  first: number,
  free: ReadonlySet<number> | undefined,
  context: Context,
): number | 'undecided' | undefined {
  let open = false;
  for (let step = 0; step < among.length; step++) {
    const i = (first + step) % among.length;
    if (free !== undefined && !free.has(i)) continue;
    const decision = compareItems(wanted, among[i]!, context);
    if (isEqual(decision)) return i;
    if (decision.outcome === 'undecided') open = true;
  }
  return open ? 'undecided' : undefined;
}

/* k = 45, n = 2 */

function assignmentsOf(list: List): Assignment[] | undefined {
  const assignments = list.items.map(assignmentOf);
  return assignments.every((assignment) => assignment !== undefined) ? assignments : undefined;
}

/** Values of several names: by name when both sides name them, otherwise in their order. */
function compareNamedValues(gold: List, answer: List, context: Context): Decision | undefined {
  const [left, right] = [assignmentsOf(gold), assignmentsOf(answer)];
  if (left === undefined && right === undefined) return undefined;
  if (left !== undefined && right !== undefined) return compareByName(left, right, context);
  const named = (left ?? right)!;
  const values = named.map((assignment) => assignment.value);
  const other = left === undefined ? gold : answer;
  if (other.open === '{' || other.open === '[' || !context.policies.bareValue) return undefined;
  const ordered = other.open === '(' || !isIndexed(named);
  const [g, a] = left === undefined ? [other.items, values] : [values, other.items];
  return ordered ? inOrder(g, a, context) : withoutOrder(g, a, false, context);
}

function compareByName(
  left: readonly Assignment[],
  right: readonly Assignment[],
  context: Context,
): Decision {
  if (left.length !== right.length) return different('length');
  const names = (side: readonly Assignment[]): string =>
    side
      .map(({ key }) => key)
      .sort()
      .join(' ');
  const sameNames = names(left) === names(right) && new Set(left.map(({ key }) => key)).size === left.length;
  if (!sameNames && context.policies.strict) return different('names');
  if (!sameNames || isIndexed(left)) {
    const values = (side: readonly Assignment[]): Expression[] => side.map((assignment) => assignment.value);
    return withoutOrder(values(left), values(right), false, context);
  }
  return every(
    left.length,
    (i) => context.compareParts(left[i]!.value, right.find((r) => r.key === left[i]!.key)!.value),
    'items',
  );
}

/** x_1 and x_2 number the solutions of one x; which of them is the first does not matter. */
function isIndexed(assignments: readonly Assignment[]): boolean {
  const stems = assignments.map(({ key }) => key.replace(/_.*$/, ''));
  return stems.every((stem, i) => stem === stems[0] && assignments[i]!.key !== stem);
}

/* Matrices */

export function compareVectors(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind === 'matrix' && answer.kind === 'matrix') {
    const [g, a] = [gold.rows, answer.rows];
    if (g.length !== a.length || g[0]!.length !== a[0]!.length) return different('dimensions');
    return inOrder(g.flat(), a.flat(), context);
  }
  const matrix = gold.kind === 'matrix' ? gold : answer;
  const other = gold.kind === 'matrix' ? answer : gold;
  if (matrix.kind !== 'matrix') return different('shape');
  const isVector = matrix.rows.length === 1 || matrix.rows[0]!.length === 1;
  const entries = matrix.rows.flat();
  if (entries.length === 1) {
    return gold.kind === 'matrix'
      ? context.compareParts(entries[0]!, other)
      : context.compareParts(other, entries[0]!);
  }
  const rows = other.kind === 'list' ? rowsOf(other) : undefined;
  if (rows !== undefined) {
    const written: Expression = { kind: 'matrix', rows };
    return gold.kind === 'matrix'
      ? compareVectors(gold, written, context)
      : compareVectors(written, answer, context);
  }
  if (!isVector || other.kind !== 'list' || other.open === '{') return different('shape');
  return gold.kind === 'matrix'
    ? inOrder(entries, other.items, context)
    : inOrder(other.items, entries, context);
}

/** `[[1, 2], [3, 4]]` as rows of a matrix. */
function rowsOf(list: List): readonly (readonly Expression[])[] | undefined {
  const rows = list.items.map((item) => (item.kind === 'list' && item.open !== '{' ? item.items : []));
  const columns = rows[0]?.length ?? 0;
  return columns > 1 && rows.every((row) => row.length === columns) ? rows : undefined;
}
