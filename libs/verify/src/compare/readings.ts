/**
 * The reading of an answer, in which it is compared: both values of a plus/minus, the value that a chain of equations
 * ends in, the product of two matrices.
 */
import type { Expression, List, Relation } from '../expression.js';
import { contains, mapParts, partsOf } from '../walk.js';
import type { Context } from './decision.js';
import { reduceMatrices } from './matrices.js';
import { freeNames, isName, nameKey } from './names.js';
import { compareScalars } from './scalars.js';
import { withComponents } from './vectors.js';

/** `name = value`. `values` of several assignments to one name are a list without brackets. */
export interface Assignment {
  readonly name: Expression;
  readonly key: string;
  readonly value: Expression;
}

/** Whose answer it is: a chain in a gold answer is trusted, in a response every link is checked. */
export type Role = 'gold' | 'answer';

/** The reading of a whole answer. */
export function readingOf(expression: Expression, role: Role, context: Context): Expression {
  const plain = withComponents(columnOf(expression));
  const reduced = contains(plain, (part) => part.kind === 'matrix')
    ? reduceMatrices(plain, context.budget)
    : plain;
  if (!contains(reduced, needsReading)) return reduced;
  return gathered(simplified(reduced, role, context), context);
}

/** `(1, 2)^T` is the vector (1, 2). */
function columnOf(expression: Expression): Expression {
  if (expression.kind !== 'power' || expression.base.kind !== 'list') return expression;
  const { exponent } = expression;
  return exponent.kind === 'symbol' && exponent.name === 'T' ? expression.base : expression;
}

function needsReading(part: Expression): boolean {
  return part.kind === 'plusMinus' || part.kind === 'relation' || setDifference(part) !== undefined;
}

/** `\{1, 2\} - \{2\}`: a minus between sets takes away. */
function setDifference(expression: Expression): Expression | undefined {
  if (expression.kind !== 'add' || expression.terms.length !== 2) return undefined;
  const [left, taken] = expression.terms;
  if (left?.kind !== 'list' && left?.kind !== 'namedSet') return undefined;
  if (taken?.kind !== 'negate') return undefined;
  const right: Expression = isScalar(taken.of)
    ? { kind: 'list', open: '{', close: '}', items: [taken.of] }
    : taken.of;
  return { kind: 'setOperation', name: 'difference', left, right };
}

function simplified(expression: Expression, role: Role, context: Context): Expression {
  if (expression.kind === 'list') {
    const items = expression.items.flatMap((item): readonly Expression[] => {
      const inner = simplified(item, role, context);
      return inner.kind === 'list' && inner.open === '' && item.kind !== 'list' ? inner.items : [inner];
    });
    return { ...expression, items };
  }
  if (expression.kind === 'setOperation') {
    return {
      ...expression,
      left: simplified(expression.left, role, context),
      right: simplified(expression.right, role, context),
    };
  }
  const difference = setDifference(expression);
  if (difference !== undefined) return simplified(difference, role, context);
  if (expression.kind === 'relation') {
    const chain = withoutApproximations(expression);
    if (chain.kind !== 'relation') return simplified(chain, role, context);
    return bothSigns(chain) ?? chainValue(chain, role, context);
  }
  return bothSigns(expression) ?? expression;
}

/** `a ± b` as `a + b, a - b`; undefined when there is no sign to choose. */
function bothSigns(expression: Expression): List | undefined {
  if (!contains(expression, (part) => part.kind === 'plusMinus')) return undefined;
  const items = [1, -1].map((sign) => withSign(expression, sign));
  return { kind: 'list', open: '', close: '', items };
}

function withSign(expression: Expression, sign: number): Expression {
  if (!contains(expression, (part) => part.kind === 'plusMinus')) return expression;
  if (expression.kind === 'plusMinus') {
    const of = withSign(expression.of, sign);
    return expression.sign * sign > 0 ? of : { kind: 'negate', of };
  }
  return mapParts(expression, (part) => withSign(part, sign));
}

/** The value after an approximation sign is not the answer, unless only a name is before the sign. */
function withoutApproximations(relation: Relation): Expression {
  const first = relation.operators.indexOf('≈');
  if (first < 0) return relation;
  if (first === 0 && isName(relation.sides[0]!)) {
    return { ...relation, sides: relation.sides.slice(0, 2), operators: ['='] };
  }
  if (first === 0) return relation.sides[0]!;
  return {
    ...relation,
    sides: relation.sides.slice(0, first + 1),
    operators: relation.operators.slice(0, first),
  };
}

/**
 * A chain of equalities as one: `x = 1 + 1 = 2` is `x = 2`; sides that are all the same are that value. The sides
 * before the name must equal the value at the end of the chain: `17 = x = 1` states nothing.
 */
function chainValue(relation: Relation, role: Role, context: Context): Expression {
  if (!relation.operators.every((operator) => operator === '=')) return relation;
  const { sides } = relation;
  if (sides.length === 2 && (isName(sides[0]!) || isName(sides[1]!))) return relation;
  const at = sides.findIndex(isName);
  if (sides.length > 2 && at >= 0) {
    const last = sides.findLast((side) => !isName(side));
    const before = sides.slice(0, at);
    const isBelieved =
      role === 'gold' || last === undefined || before.every((side) => areEqual(side, last, context));
    if (last === undefined || !isBelieved) return relation;
    return { kind: 'relation', sides: [sides[at]!, last], operators: ['='] };
  }
  // 3 + 10 = 13 birds: the unit of the last side does not make it another number.
  const [first, ...others] = sides.map((side) => (side.kind === 'quantity' ? side.of : side)) as [
    Expression,
    ...Expression[],
  ];
  if (others.every((side) => areEqual(first, side, context))) return sides.at(-1)!;
  // A derivation from something unknown, f(1) + f(2) = 2 + 3 = 5 or m + n = 2 + 3 = 5, ends in its value.
  const unknown = freeNames(first).size > 0 && others.every((side) => freeNames(side).size === 0);
  const rest = others.slice(1).every((side) => areEqual(others[0]!, side, context));
  return unknown && others.length > 1 && rest ? others.at(-1)! : relation;
}

function areEqual(a: Expression, b: Expression, context: Context): boolean {
  return isScalar(a) && isScalar(b) && compareScalars(a, b, context).outcome === 'equal';
}

const NO_SCALARS: ReadonlySet<Expression['kind']> = new Set([
  'list',
  'relation',
  'matrix',
  'text',
  'setOperation',
  'namedSet',
  'builder',
  'clock',
  'piecewise',
]);

export function isScalar(expression: Expression): boolean {
  return !NO_SCALARS.has(expression.kind);
}

/** `x = 1, 2` and `x = 1 or x = 2` are one assignment of a list; `(p, q) = (3, 2)` stays one of a tuple. */
function gathered(expression: Expression, context: Context): Expression {
  if (expression.kind !== 'list' || expression.open !== '' || expression.items.length < 2) return expression;
  const first = assignmentOf(expression.items[0]!);
  if (first === undefined) return excluded(expression);
  const values: Expression[] = [];
  for (const item of expression.items) {
    const assignment = assignmentOf(item);
    if (assignment !== undefined ? assignment.key !== first.key : item.kind === 'relation') return expression;
    values.push(assignment === undefined ? item : assignment.value);
  }
  context.budget.spend(values.length);
  // x = a and x = -a is another statement than x = a or x = -a; of numbers, both list the solutions.
  const isNamed = values.some((value) => freeNames(value).size > 0);
  const joined = isNamed && expression.joined !== undefined ? { joined: expression.joined } : {};
  const list: List = { kind: 'list', open: '', close: '', items: values, ...joined };
  return { kind: 'relation', sides: [first.name, list], operators: ['='] };
}

/** `x \ne 0, 1` excludes both. */
function excluded(list: List): List {
  const [first, ...others] = list.items as [Expression, ...Expression[]];
  if (first.kind !== 'relation' || first.operators.join('') !== '≠' || !isName(first.sides[0]!)) return list;
  if (others.some((item) => !isScalar(item) || item.kind === 'symbol')) return list;
  const also = others.map((item): Relation => ({ ...first, sides: [first.sides[0]!, item] }));
  return { ...list, items: [first, ...also] };
}

/** `name = value` or `value = name`, also with `∈` and a set; undefined for any other relation. */
export function assignmentOf(expression: Expression): Assignment | undefined {
  if (expression.kind !== 'relation' || expression.sides.length !== 2) return undefined;
  const [left, right] = expression.sides as [Expression, Expression];
  const operator = expression.operators[0];
  if (operator === '∈') return isName(left) ? { name: left, key: nameKey(left), value: right } : undefined;
  if (operator !== '=') return undefined;
  if (isName(left) && !mentions(right, left)) return { name: left, key: keyFor(left, right), value: right };
  if (isName(right) && !mentions(left, right)) return { name: right, key: keyFor(right, left), value: left };
  return undefined;
}

/** W(n) = 1 and W(x) = 1 state the same: the argument of a function does not matter where its value has none of it. */
function keyFor(name: Expression, value: Expression): string {
  const isConstant =
    name.kind === 'apply' &&
    !name.name.endsWith('_') &&
    name.args.every((arg) => arg.kind === 'symbol' && !mentions(value, arg));
  return isConstant ? `${name.name}()` : nameKey(name);
}

function mentions(value: Expression, name: Expression): boolean {
  const inValue = freeNames(value);
  if (name.kind === 'apply') return inValue.has(`${name.name}()`);
  if (name.kind === 'symbol') return inValue.has(name.name);
  return partsOf(name).some((part) => mentions(value, part));
}
