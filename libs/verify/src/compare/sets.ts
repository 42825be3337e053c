/**
 * Sets of real numbers: intervals, unions, listed numbers, inequalities in one variable, set-builders.
 *
 * Each side becomes a membership test and the list of numbers where membership may change (`regions.ts`); two sets are
 * equal when they agree at all those numbers, between them and beyond them. End points are real numbers in doubles, so
 * this is a comparison by value: (0, \sqrt 4) is (0, 2).
 */
import type { Expression, List, RelationOperator } from '../expression.js';
import {
  different,
  equal,
  every,
  isEqual,
  some,
  undecided,
  type Context,
  type Decision,
} from './decision.js';
import { renameSymbols } from '../walk.js';
import { compareLists } from './lists.js';
import { compareSetAlgebra } from './set-algebra.js';
import { freeNames, isName, nameKey } from './names.js';
import { isWithin, regionOf, sameRegions } from './regions.js';
import { constantValue } from './scalars.js';

/** Whether the expression can only be a set: it is not a plain list, tuple or scalar. */
export function isSetLike(expression: Expression): boolean {
  if (expression.kind === 'list') {
    if (isHalfOpen(expression)) return true;
    return (
      expression.open === '' &&
      expression.items.some((item) => item.kind === 'relation' && isOrdering(item.operators))
    );
  }
  return (
    expression.kind === 'setOperation' || expression.kind === 'namedSet' || expression.kind === 'builder'
  );
}

function isHalfOpen(list: List): boolean {
  return list.open + list.close === '(]' || list.open + list.close === '[)';
}

function isOrdering(operators: readonly string[]): boolean {
  return operators.some((operator) => operator !== '=' && operator !== '≈' && operator !== '≡');
}

export function compareSets(gold: Expression, answer: Expression, context: Context): Decision {
  const structural = (): Decision => compareStructures(gold, answer, context);
  const byValue = (): Decision => compareRegions(gold, answer, context);
  const withConditions = (): Decision => compareConditioned(gold, answer, context);
  const byAlgebra = (): Decision => compareSetAlgebra(gold, answer, context);
  return some([structural, byValue, withConditions, byAlgebra]);
}

/** A value and its conditions (`x + 1, x \ne 1`): item by item, in any order. */
function compareConditioned(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind !== 'list' || answer.kind !== 'list' || gold.open !== '' || answer.open !== '')
    return different('sets');
  const hasValue = gold.items.some((item) => item.kind !== 'relation');
  const isOfSeveral = freeNames(gold).size > 1 && gold.items.length > 1;
  return (hasValue || isOfSeveral) && gold.joined !== 'or' && answer.joined !== 'or'
    ? compareLists(gold, answer, context)
    : different('sets');
}

/** Part by part: the only way for sets with symbols, and the cheap one for the others. */
function compareStructures(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind === 'setOperation' && answer.kind === 'setOperation') {
    if (gold.name !== answer.name) return different('sets');
    if (gold.name === 'difference') {
      return every(
        2,
        (i) => context.compareParts(i === 0 ? gold.left : gold.right, i === 0 ? answer.left : answer.right),
        'sets',
      );
    }
    const [g, a] = [operandsOf(gold, gold.name), operandsOf(answer, answer.name)];
    const bare = (items: readonly Expression[]): List => ({ kind: 'list', open: '{', close: '}', items });
    return compareLists(bare(g), bare(a), context);
  }
  if (gold.kind === 'builder' && answer.kind === 'builder') return compareBuilders(gold, answer, context);
  if (gold.kind === 'namedSet' && answer.kind === 'namedSet') {
    return gold.name === answer.name ? equal('sets') : different('sets');
  }
  if (gold.kind === 'list' && answer.kind === 'list') {
    const sameBrackets = gold.open === answer.open && gold.close === answer.close;
    if (!sameBrackets || gold.items.length !== answer.items.length || gold.open === '')
      return different('sets');
    return every(gold.items.length, (i) => context.compareParts(gold.items[i]!, answer.items[i]!), 'sets');
  }
  return different('sets');
}

type Builder = Expression & { kind: 'builder' };

/** Whether all `names` stand in the element of the set: `(x, y)` of `\\{(x, y) : x + y = 1\\}`. */
function isBound(set: Builder, names: readonly string[]): boolean {
  const inElement = freeNames(set.variable);
  return names.every((name) => inElement.has(name));
}

/** Element against element, conditions in any order. The names in it are bound; a single one may be another. */
function compareBuilders(gold: Builder, answer: Builder, context: Context): Decision {
  const [g, a] = [[...freeNames(gold)], [...freeNames(answer)]];
  const names = new Map(
    g.length === a.length && isBound(gold, g) && isBound(answer, a)
      ? a.map((name, i) => [name, g[i]!] as const)
      : [],
  );
  const set = (items: readonly Expression[]): List => ({ kind: 'list', open: '', close: '', items });
  const checks = [
    (): Decision => context.compareParts(gold.variable, renameSymbols(answer.variable, names)),
    (): Decision =>
      compareLists(
        set(gold.conditions),
        set(answer.conditions.map((part) => renameSymbols(part, names))),
        context,
      ),
  ];
  return every(checks.length, (i) => checks[i]!(), 'sets');
}

function operandsOf(expression: Expression, name: string): readonly Expression[] {
  if (expression.kind !== 'setOperation' || expression.name !== name) return [expression];
  return [...operandsOf(expression.left, name), ...operandsOf(expression.right, name)];
}

function compareRegions(goldSet: Expression, answerSet: Expression, context: Context): Decision {
  const [gold, answer] = [aboutSymbol(goldSet), aboutSymbol(answerSet)];
  // A single number is not a named set; one beyond every test point would look like the whole set.
  const [named, other] = gold.kind === 'namedSet' ? [gold, answer] : [answer, gold];
  const holdsOneNumber = !isSetLike(other) && other.kind !== 'list' && other.kind !== 'relation';
  if (named.kind === 'namedSet' && holdsOneNumber) return different('sets');
  const [g, a] = [variableOf(gold), variableOf(answer)];
  if (g === 'several' || a === 'several') return different('sets');
  // The name of an element between braces does not matter outside.
  const areBound = gold.kind === 'builder' && answer.kind === 'builder';
  if (g !== undefined && a !== undefined && g !== a && context.policies.strict && !areBound)
    return different('names');
  const left = regionOf(gold, g, context);
  const right = regionOf(answer, a, context);
  if (left === undefined || right === undefined) return different('sets');
  const same = sameRegions(left, right, context);
  return same === undefined ? undecided('sets') : same ? equal('sets') : different('sets');
}

/**
 * The variable of inequalities, or 'several'; undefined for sets without one. An unknown function is not a variable.
 */
function variableOf(expression: Expression): string | undefined {
  const names = [...freeNames(expression)];
  return names.length > 1 || names[0]?.endsWith('()') === true ? 'several' : names[0];
}

/** `0 < f(x) < 1` is about f(x) as `0 < y < 1` is about y. */
function aboutSymbol(expression: Expression): Expression {
  if (expression.kind !== 'relation') return expression;
  const named = expression.sides.filter((side) => freeNames(side).size > 0);
  const [name] = named;
  if (named.length !== 1 || name?.kind !== 'apply' || !isName(name)) return expression;
  const symbol: Expression = { kind: 'symbol', name: nameKey(name) };
  return { ...expression, sides: expression.sides.map((side) => (side === name ? symbol : side)) };
}

/* Statements */

/**
 * Whether a statement without names is true: 2 + 2 = 4, 1 \in \{1, 2\}. Undefined if it is not a statement, has names
 * (an equation is neither true nor false), or cannot be decided.
 */
export function truthOf(statement: Expression, context: Context): boolean | undefined {
  if (statement.kind !== 'relation' || statement.sides.length !== 2) return undefined;
  if (statement.sides.some((side) => freeNames(side).size > 0)) return undefined;
  const [left, right] = statement.sides as [Expression, Expression];
  const operator = statement.operators[0]!;
  const negation = DENIED[operator];
  if (negation !== undefined) {
    const truth = truthOf({ ...statement, operators: [negation] }, context);
    return truth === undefined ? undefined : !truth;
  }
  if (operator === '⊂' || operator === '∈') return isSubset(left, right, context);
  if (operator === '⊃') return isSubset(right, left, context);
  if (operator === '=') {
    const decision = context.compareParts(left, right);
    return decision.outcome === 'undecided' ? undefined : isEqual(decision);
  }
  if (operator !== '<' && operator !== '>') return undefined;
  const [a, b] = [constantValue(left, context), constantValue(right, context)];
  if (a === undefined || b === undefined || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)))
    return undefined;
  return operator === '<' ? a < b : a > b;
}

const DENIED: Partial<Record<RelationOperator, RelationOperator>> = {
  '≠': '=',
  '∉': '∈',
  '⊄': '⊂',
  '⊅': '⊃',
  '≤': '>',
  '≥': '<',
};

/** A within B: every listed item in it, or nothing of the region A outside the region B. */
function isSubset(part: Expression, whole: Expression, context: Context): boolean | undefined {
  const listed = (set: Expression): readonly Expression[] | undefined => {
    if (set.kind === 'list') return set.open === '{' || set.open === '' ? set.items : undefined;
    return isSetLike(set) ? undefined : [set];
  };
  const [items, all] = [listed(part), listed(whole)];
  if (items !== undefined && all !== undefined)
    return items.every((item) => all.some((other) => isEqual(context.compareParts(other, item))));
  const [inside, outside] = [regionOf(part, undefined, context), regionOf(whole, undefined, context)];
  return inside && outside && isWithin(inside, outside);
}
