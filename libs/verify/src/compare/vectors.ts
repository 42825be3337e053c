/** Vectors written as sums of unit vectors: `3\mathbf{i} - 2\mathbf{k}` is (3, 0, -2). */
import { whole } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { contains, mapParts } from '../walk.js';

const UNITS = ['unit i', 'unit j', 'unit k'] as const;

/**
 * The expression with a sum of unit vectors as a tuple. An `i` in bold by itself, without j and k, is the imaginary
 * unit; anything but a linear sum is left as it is.
 */
export function withComponents(expression: Expression): Expression {
  if (!contains(expression, isUnit)) return expression;
  if (!contains(expression, (part) => isUnit(part) && part.name !== 'unit i')) return imaginary(expression);
  if (expression.kind === 'relation' || expression.kind === 'list')
    return mapParts(expression, withComponents);
  return componentsOf(expression) ?? expression;
}

function isUnit(part: Expression): part is Expression & { kind: 'symbol' } {
  return part.kind === 'symbol' && part.name.startsWith('unit ');
}

function imaginary(expression: Expression): Expression {
  return isUnit(expression) ? { kind: 'constant', name: 'i' } : mapParts(expression, imaginary);
}

function componentsOf(expression: Expression): Expression | undefined {
  const terms = termsOf(expression);
  if (!terms.every(isOneComponent)) return undefined;
  const used = contains(expression, (part) => isUnit(part) && part.name === 'unit k')
    ? UNITS
    : UNITS.slice(0, 2);
  // Each component is the sum with its own unit at 1 and the others at 0.
  const items = used.map((unit) => withUnitAtOne(expression, unit));
  return { kind: 'list', open: '(', close: ')', items };
}

function termsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'add') return expression.terms.flatMap(termsOf);
  return expression.kind === 'negate' ? termsOf(expression.of) : [expression];
}

/** A coefficient times one unit vector, or such over a number. */
function isOneComponent(term: Expression): boolean {
  if (isUnit(term)) return true;
  if (term.kind === 'divide') return isOneComponent(term.over) && !contains(term.under, isUnit);
  if (term.kind === 'negate') return isOneComponent(term.of);
  // A factor may be a sum in brackets: 2(i + j).
  if (term.kind !== 'multiply') return term.kind === 'add' && term.terms.every(isOneComponent);
  const vectors = term.factors.filter((factor) => contains(factor, isUnit));
  return vectors.length === 1 && isOneComponent(vectors[0]!);
}

function withUnitAtOne(expression: Expression, unit: string): Expression {
  if (isUnit(expression)) return { kind: 'number', value: whole(expression.name === unit ? 1 : 0) };
  return mapParts(expression, (part) => withUnitAtOne(part, unit));
}
