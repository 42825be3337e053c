/** Sums, products, powers, transposes and determinants of matrices, entry by entry, before anything is compared. */
import type { Budget } from '../budget.js';
import type { Expression } from '../expression.js';
import { mapParts } from '../walk.js';

type Matrix = Expression & { kind: 'matrix' };

/** Largest matrix that is multiplied out, in entries of the result; a determinant is expanded up to 5 x 5. */
const ENTRIES_MAX = 100;
const DETERMINANT_SIZE_MAX = 5;

/** The expression with all matrix arithmetic carried out; operations without a meaning are left as they are. */
export function reduceMatrices(expression: Expression, budget: Budget): Expression {
  budget.spend(4);
  const reduced = mapParts(expression, (part) => reduceMatrices(part, budget));
  switch (reduced.kind) {
    case 'add':
      return reduced.terms.every(isMatrix)
        ? reduced.terms.slice(1).reduce<Expression>((a, b) => sum(a, b, reduced), reduced.terms[0]!)
        : reduced;
    case 'negate':
      return isMatrix(reduced.of) ? entrywise(reduced.of, (of) => ({ kind: 'negate', of })) : reduced;
    case 'divide':
      return isMatrix(reduced.over)
        ? entrywise(reduced.over, (over) => ({ kind: 'divide', over, under: reduced.under }))
        : reduced;
    case 'multiply':
      return reduced.factors.some(isMatrix)
        ? reduced.factors.reduce((a, b) => product(a, b, budget))
        : reduced;
    case 'power':
      return isMatrix(reduced.base) ? power(reduced.base, reduced.exponent, reduced, budget) : reduced;
    case 'call':
      return reduced.name === 'det' && isMatrix(reduced.args[0]!)
        ? determinant(reduced.args[0], reduced, budget)
        : reduced;
    default:
      return reduced;
  }
}

function isMatrix(expression: Expression): expression is Matrix {
  return expression.kind === 'matrix';
}

function entrywise(matrix: Matrix, map: (entry: Expression) => Expression): Matrix {
  return { kind: 'matrix', rows: matrix.rows.map((row) => row.map(map)) };
}

function sum(a: Expression, b: Expression, otherwise: Expression): Expression {
  if (
    a.kind !== 'matrix' ||
    b.kind !== 'matrix' ||
    a.rows.length !== b.rows.length ||
    a.rows[0]!.length !== b.rows[0]!.length
  )
    return otherwise;
  const rows = a.rows.map((row, i) =>
    row.map((entry, j): Expression => ({ kind: 'add', terms: [entry, b.rows[i]![j]!] })),
  );
  return { kind: 'matrix', rows };
}

function product(a: Expression, b: Expression, budget: Budget): Expression {
  if (!isMatrix(a) && !isMatrix(b)) return { kind: 'multiply', factors: [a, b] };
  if (!isMatrix(a)) return entrywise(b as Matrix, (entry) => ({ kind: 'multiply', factors: [a, entry] }));
  if (!isMatrix(b)) return entrywise(a, (entry) => ({ kind: 'multiply', factors: [entry, b] }));
  const inner = b.rows.length;
  const columns = b.rows[0]!.length;
  if (a.rows[0]!.length !== inner || a.rows.length * columns > ENTRIES_MAX)
    return { kind: 'multiply', factors: [a, b] };
  budget.spend(a.rows.length * columns * inner);
  const rows = a.rows.map((row) =>
    Array.from({ length: columns }, (_, j): Expression => ({
      kind: 'add',
      terms: row.map((entry, k): Expression => ({ kind: 'multiply', factors: [entry, b.rows[k]![j]!] })),
    })),
  );
  return { kind: 'matrix', rows };
}

/** `A^T` and whole powers from 1 to 4. */
function power(base: Matrix, exponent: Expression, otherwise: Expression, budget: Budget): Expression {
  if (exponent.kind === 'symbol' && exponent.name === 'T') {
    return { kind: 'matrix', rows: base.rows[0]!.map((_, j) => base.rows.map((row) => row[j]!)) };
  }
  if (exponent.kind !== 'number' || exponent.value.d !== 1n) return otherwise;
  const times = Number(exponent.value.n);
  if (times < 1 || times > 4) return otherwise;
  let result: Expression = base;
  for (let i = 1; i < times; i++) result = product(result, base, budget);
  return result;
}

function determinant(matrix: Matrix, otherwise: Expression, budget: Budget): Expression {
  const size = matrix.rows.length;
  if (size !== matrix.rows[0]!.length || size > DETERMINANT_SIZE_MAX) return otherwise;
  return expand(matrix.rows, budget);
}

/** Laplace expansion along the first row. */
function expand(rows: readonly (readonly Expression[])[], budget: Budget): Expression {
  budget.spend(rows.length);
  if (rows.length === 1) return rows[0]![0]!;
  const terms = rows[0]!.map((entry, j): Expression => {
    const minor = rows.slice(1).map((row) => row.filter((_, k) => k !== j));
    const term: Expression = { kind: 'multiply', factors: [entry, expand(minor, budget)] };
    return j % 2 === 0 ? term : { kind: 'negate', of: term };
  });
  return { kind: 'add', terms };
}
