/**
 * `\begin{...} ... \end{...}`: matrices and determinants, functions given by cases, systems of equations; other
 * environments only group.
 */
import type { Expression } from '../expression.js';
import { parseSum, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parsePiecewise } from './piecewise.js';
import { parseItems } from './structure.js';

const MATRICES = new Set([
  'matrix',
  'pmatrix',
  'bmatrix',
  'Bmatrix',
  'vmatrix',
  'Vmatrix',
  'smallmatrix',
  'array',
  'psmallmatrix',
]);

export function parseEnvironment(cursor: Cursor): Expression {
  const opening = cursor.next();
  const name = opening.kind === 'command' ? opening.text.slice('begin '.length) : '';
  return cursor.nested(() => {
    const piecewise = parsePiecewise(cursor, `end ${name}`);
    if (piecewise !== undefined) return piecewise;
    if (!MATRICES.has(name) || (name === 'array' && holdsRelations(cursor))) {
      cursor.dropAlignment(`end ${name}`);
      return parseAligned(cursor, name);
    }
    const rows = parseRows(cursor, name);
    const columns = rows[0]?.length ?? 0;
    if (columns === 0 || rows.some((row) => row.length !== columns))
      cursor.fail('rows of a matrix differ in length');
    const matrix: Expression = { kind: 'matrix', rows };
    return name === 'vmatrix' ? { kind: 'call', name: 'det', args: [matrix] } : matrix;
  });
}

/** Whether an array is a system of equations rather than a matrix. */
function holdsRelations(cursor: Cursor): boolean {
  for (let ahead = 0; ; ahead++) {
    const lexeme = cursor.peek(ahead);
    if (lexeme === undefined || cursor.isCommand('end array', ahead)) return false;
    if (lexeme.kind === 'symbol' && /^[=<>]$/.test(lexeme.text)) return true;
    if (lexeme.kind === 'command' && /^(?:le|ge|ne)$/.test(lexeme.text)) return true;
  }
}

function parseRows(cursor: Cursor, name: string): Expression[][] {
  const rows: Expression[][] = [];
  let row: Expression[] = [];
  for (;;) {
    if (cursor.takeCommand(`end ${name}`)) {
      if (row.length > 0) rows.push(row);
      return rows;
    }
    if (cursor.takeCommand('\\')) {
      // A row break after the last row is only typography.
      if (row.length > 0) rows.push(row);
      row = [];
    } else if (!cursor.takeSymbol('&')) {
      row.push(unwrapped(parseSum(cursor)));
      if (!cursor.isSymbol('&') && !cursor.isCommand('\\') && !cursor.isCommand(`end ${name}`)) {
        cursor.fail('expected & or \\\\ in a matrix');
      }
    }
  }
}

/** align, aligned, equation, gather, cases, and an array of equations: their content, as a list. */
function parseAligned(cursor: Cursor, name: string): Expression {
  const { items } = parseItems(cursor);
  if (!cursor.takeCommand(`end ${name}`)) cursor.fail(`expected \\end{${name}}`);
  return items.length === 1 ? items[0]! : { kind: 'list', open: '', close: '', items };
}
