/**
 * Expressions of sets with names, `(A \cup B)\cap C`, `A\setminus B`, `A\cap B^c`: two are equal when they have the
 * same members for every membership in the named sets.
 */
import type { Expression } from '../expression.js';
import { different, equal, isEqual, type Context, type Decision } from './decision.js';

/** Most named sets; there are 2^n cases. */
const SETS_MAX = 8;

/** Whether the expression joins sets, one of them with a name. */
function isAlgebra(expression: Expression): boolean {
  return expression.kind === 'setOperation' || complementOf(expression) !== undefined;
}

export function compareSetAlgebra(gold: Expression, answer: Expression, context: Context): Decision {
  if (!isAlgebra(gold) || !isAlgebra(answer)) return different('sets');
  const sets: Expression[] = [];
  const indices = new Map<Expression, number>();
  const collect = (expression: Expression): void => {
    if (isAlgebra(expression)) return operandsOf(expression).forEach(collect);
    const known = sets.findIndex((set) => isEqual(context.compareParts(set, expression)));
    indices.set(expression, known < 0 ? sets.push(expression) - 1 : known);
  };
  collect(gold);
  collect(answer);
  if (sets.length > SETS_MAX || !sets.some(({ kind }) => kind === 'symbol')) return different('sets');
  context.budget.spend(10 * 2 ** sets.length);
  for (let row = 0; row < 2 ** sets.length; row++) {
    const inSet = (set: Expression): boolean => ((row >> indices.get(set)!) & 1) === 1;
    if (isMember(gold, inSet) !== isMember(answer, inSet)) return different('sets');
  }
  return equal('sets');
}

/** The set of which `A^c`, `\overline{A}` or `A'` is the complement. */
function complementOf(expression: Expression): Expression | undefined {
  if (expression.kind === 'power') {
    const { base, exponent } = expression;
    const isMark = exponent.kind === 'symbol' && /^[cC]$/.test(exponent.name);
    return isMark && (base.kind === 'setOperation' || isSetName(base)) ? base : undefined;
  }
  if (expression.kind === 'symbol') {
    const name = /^overline ([A-Z])$/.exec(expression.name)?.[1] ?? /^([A-Z])'$/.exec(expression.name)?.[1];
    return name === undefined ? undefined : { kind: 'symbol', name };
  }
  if (expression.kind === 'apply' && expression.name === 'overline') return expression.args[0];
  return undefined;
}

const isSetName = (set: Expression): boolean => set.kind === 'symbol' && /^[A-Z]/.test(set.name);

function operandsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'setOperation') return [expression.left, expression.right];
  return [innerOf(expression)];
}

/** The same object for the same expression, so that its index is found again. */
const inner = new WeakMap<Expression, Expression>();

function innerOf(expression: Expression): Expression {
  const known = inner.get(expression) ?? complementOf(expression)!;
  inner.set(expression, known);
  return known;
}

function isMember(expression: Expression, inSet: (set: Expression) => boolean): boolean {
  if (!isAlgebra(expression)) return inSet(expression);
  if (expression.kind !== 'setOperation') return !isMember(innerOf(expression), inSet);
  const [left, right] = [isMember(expression.left, inSet), isMember(expression.right, inSet)];
  if (expression.name === 'union') return left || right;
  return expression.name === 'intersection' ? left && right : left && !right;
}
