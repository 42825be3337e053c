/**
 * Names in expressions: which are free, what counts as the left side of "name = value", and walking the tree for them.
 */
import { toText } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { partsOf } from '../walk.js';

const known = new WeakMap<Expression, ReadonlySet<string>>();

/** Names of symbols and unknown functions, without bound variables. */
export function freeNames(expression: Expression): ReadonlySet<string> {
  const found = known.get(expression);
  if (found !== undefined) return found;
  const names = new Set<string>();
  collect(expression, names);
  known.set(expression, names);
  return names;
}

function collect(expression: Expression, into: Set<string>): void {
  if (expression.kind === 'symbol') into.add(expression.name);
  if (expression.kind === 'series') {
    const inner = new Set<string>();
    for (const part of partsOf(expression)) collect(part, inner);
    inner.delete(expression.variable);
    for (const name of inner) into.add(name);
    return;
  }
  if (expression.kind === 'apply') into.add(`${expression.name}()`);
  for (const part of partsOf(expression)) collect(part, into);
}

/**
 * Whether an expression only names something, so that "it = value" states the value: x, f(x), a_n, AB, P(A), (p, q),
 * A:B.
 */
export function isName(expression: Expression): boolean {
  switch (expression.kind) {
    case 'symbol':
      return true;
    case 'text':
      return true;
    case 'apply':
      return !/^(?:int|lim|sum|product|by|remainder|[∧∨¬→↔]|cycle)/.test(expression.name);
    case 'multiply':
      return (
        expression.factors.length <= 4 &&
        expression.factors.every((factor) => factor.kind === 'symbol' || factor.kind === 'apply') &&
        expression.factors.some((factor) => factor.kind !== 'symbol' || /^[A-Z]| /.test(factor.name))
      );
    case 'divide':
      return isName(expression.over) && isName(expression.under);
    case 'call':
      return expression.name === 'abs' && isName(expression.args[0]!);
    case 'list':
      return expression.open === '(' && expression.items.length > 1 && expression.items.every(isName);
    case 'ratio':
      return expression.parts.every(isName);
    default:
      return false;
  }
}

/** A text that is equal for equal names. */
export function nameKey(name: Expression): string {
  switch (name.kind) {
    case 'symbol':
      return name.name;
    case 'text':
      return name.words.toLowerCase();
    case 'number':
      return toText(name.value);
    case 'constant':
      return `\\${name.name}`;
    default:
      return `${name.kind}(${partsOf(name).map(nameKey).join(',')})${name.kind === 'apply' ? name.name : ''}`;
  }
}
