/** Walking and rewriting expressions, whatever their kind. */
import { equals } from './exact/rational.js';
import type { Expression } from './expression.js';

/** Direct parts of an expression, in order. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'add':
      return expression.terms;
    case 'multiply':
      return expression.factors;
    case 'divide':
      return [expression.over, expression.under];
    case 'power':
      return [expression.base, expression.exponent];
    case 'negate':
    case 'percent':
    case 'degrees':
    case 'plusMinus':
    case 'quantity':
      return [expression.of];
    case 'call':
    case 'apply':
      return expression.args;
    case 'series':
      return [expression.from, expression.to, expression.body];
    case 'matrix':
      return expression.rows.flat();
    case 'ratio':
    case 'clock':
      return expression.parts;
    case 'list':
      return expression.items;
    case 'setOperation':
      return [expression.left, expression.right];
    case 'builder':
      return [expression.variable, ...expression.conditions];
    case 'relation':
      return expression.sides;
    case 'piecewise':
      return expression.rows.flatMap(({ value, condition }) =>
        condition === undefined ? [value] : [value, condition],
      );
    default:
      return [];
  }
}

/** Whether `test` holds for the expression or anything in it. */
export function contains(expression: Expression, test: (part: Expression) => boolean): boolean {
  return test(expression) || partsOf(expression).some((part) => contains(part, test));
}

/** The expression with every direct part replaced. */
export function mapParts(expression: Expression, map: (part: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'add':
      return { ...expression, terms: expression.terms.map(map) };
    case 'multiply':
      return { ...expression, factors: expression.factors.map(map) };
    case 'divide':
      return { ...expression, over: map(expression.over), under: map(expression.under) };
    case 'power':
      return { ...expression, base: map(expression.base), exponent: map(expression.exponent) };
    case 'negate':
    case 'percent':
    case 'degrees':
    case 'plusMinus':
    case 'quantity':
      return { ...expression, of: map(expression.of) };
    case 'call':
    case 'apply':
      return { ...expression, args: expression.args.map(map) };
    case 'series':
      return {
        ...expression,
        from: map(expression.from),
        to: map(expression.to),
        body: map(expression.body),
      };
    case 'matrix':
      return { ...expression, rows: expression.rows.map((row) => row.map(map)) };
    case 'ratio':
    case 'clock':
      return { ...expression, parts: expression.parts.map(map) };
    case 'list':
      return { ...expression, items: expression.items.map(map) };
    case 'relation':
      return { ...expression, sides: expression.sides.map(map) };
    case 'setOperation':
      return { ...expression, left: map(expression.left), right: map(expression.right) };
    case 'piecewise':
      return {
        ...expression,
        rows: expression.rows.map(({ value, condition }) => ({
          value: map(value),
          condition: condition && map(condition),
        })),
      };
    default:
      return expression;
  }
}

/** The expression with its symbols renamed. */
export function renameSymbols(expression: Expression, names: ReadonlyMap<string, string>): Expression {
  if (expression.kind === 'symbol')
    return { kind: 'symbol', name: names.get(expression.name) ?? expression.name };
  return mapParts(expression, (part) => renameSymbols(part, names));
}

export function isImaginaryUnit(expression: Expression): boolean {
  return expression.kind === 'constant' && expression.name === 'i';
}

/** Whether two scalars are the same expression, term by term: equal whatever their size. */
export function areSame(a: Expression, b: Expression): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'number':
      return b.kind === 'number' && equals(a.value, b.value);
    case 'constant':
    case 'symbol':
      return a.name === (b as typeof a).name;
    case 'call':
    case 'apply':
      if (a.name !== (b as typeof a).name) return false;
      break;
    case 'add':
    case 'multiply':
    case 'divide':
    case 'power':
    case 'negate':
      break;
    default:
      return false;
  }
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.length === right.length && left.every((part, i) => areSame(part, right[i]!));
}
