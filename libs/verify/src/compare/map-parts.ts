/** Rewriting of an expression, one level at a time. */
import type { Expression } from '../expression.js';

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
