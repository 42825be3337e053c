/**
 * Functions given by cases: `\begin{cases} x & x < 0 \\ 2x & \text{otherwise} \end{cases}`. Each row is a value with
 * its condition, which the gold and the answer may order, word and punctuate differently.
 *
 *   row       := value [','] ['&'] ['if'|'for'|'when'|...] condition
 *   condition := 'otherwise' | relation ((','|'and'|'or') relation)* | letter 'even'|'odd'|...
 *
 * A row that has no condition, or starts with a relation sign, belongs to a system of equations.
 */
import type { Expression, PiecewiseRow } from '../expression.js';
import { parseSum, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parseRelation } from './structure.js';

const IF = /^(?:if|for|when|where|whenever|provided|si|wenn|falls|für|当|若)$/i;
const OTHERWISE = /^(?:(?:if )?otherwise|else|elsewhere|in all other cases|sonst|sinon|其他|otherwise\.)$/i;
/** `is even` of `n \text{ is even}`; `\text{if } n \text{ is odd}`. */
const PROPERTY = new RegExp(
  '^(?:is |are )?(?:an? )?(even|odd|rational|irrational|prime|composite|positive|negative|integer)s?' +
    '(?: integer| number)?$',
  'i',
);

/** Environments whose rows may be cases. */
const ENVIRONMENTS = /^end (?:[dr]?cases|array|aligned|align|split|gathered)$/;
const ROWS_MAX = 20;

/** The rows at the cursor and the end of their environment as one function; undefined, and nothing taken, otherwise. */
export function parsePiecewise(cursor: Cursor, end: string): Expression | undefined {
  if (!ENVIRONMENTS.test(end)) return undefined;
  const start = cursor.mark;
  const rows: PiecewiseRow[] = [];
  while (!cursor.takeCommand(end)) {
    const row = rows.length < ROWS_MAX && !cursor.done ? parseRow(cursor, end) : undefined;
    if (row === undefined) {
      cursor.rewind(start);
      return undefined;
    }
    rows.push(row);
  }
  return { kind: 'piecewise', rows };
}

function parseRow(cursor: Cursor, end: string): PiecewiseRow | undefined {
  const value = unwrapped(parseSum(cursor));
  cursor.takeSymbol(',');
  const isAligned = cursor.takeSymbol('&');
  cursor.takeSymbol('(');
  const said = takeText(cursor, IF);
  if (!isAligned && !said && textAt(cursor) === undefined) return undefined;
  if (takeText(cursor, OTHERWISE)) return ended(cursor, end) ? { value, condition: undefined } : undefined;
  const property = propertyAt(cursor);
  if (property !== undefined) return ended(cursor, end) ? { value, condition: property } : undefined;
  const next = cursor.peek();
  if (next === undefined || (next.kind === 'symbol' && /^[=<>]$/.test(next.text))) return undefined;
  const condition = parseCondition(cursor);
  const isCondition =
    condition.kind === 'relation' || condition.kind === 'list' || (said && condition.kind === 'text');
  return isCondition && ended(cursor, end) ? { value, condition } : undefined;
}

/** One relation, or several with the words between them. */
function parseCondition(cursor: Cursor): Expression {
  const items = [parseRelation(cursor)];
  let joined: 'and' | 'or' = 'and';
  for (;;) {
    const next = cursor.peek();
    const after = cursor.peek(1);
    const isComma = cursor.isSymbol(',') && after?.kind !== 'command';
    if (!isComma && next?.kind !== 'conjunction') break;
    cursor.next();
    if (next?.kind === 'conjunction' && next.text === 'or') joined = 'or';
    items.push(propertyAt(cursor) ?? parseRelation(cursor));
  }
  return items.length === 1 ? items[0]! : { kind: 'list', open: '', close: '', items, joined };
}

/** Takes the end of a row; false if something else follows. */
function ended(cursor: Cursor, end: string): boolean {
  cursor.takeSymbol(')');
  cursor.takeSymbol('.');
  cursor.takeSymbol(',');
  cursor.takeSymbol(';');
  if (cursor.takeCommand('\\')) {
    while (cursor.takeCommand('\\'));
    return true;
  }
  return cursor.isCommand(end);
}

function textAt(cursor: Cursor, ahead = 0): string | undefined {
  const next = cursor.peek(ahead);
  return next?.kind === 'text' ? next.text.trim() : undefined;
}

function takeText(cursor: Cursor, pattern: RegExp): boolean {
  const text = textAt(cursor);
  if (text === undefined || !pattern.test(text)) return false;
  cursor.next();
  return true;
}

/** `n \text{ even}` as `n` in the even numbers. */
function propertyAt(cursor: Cursor): Expression | undefined {
  const letter = cursor.peek();
  const name = PROPERTY.exec(textAt(cursor, 1) ?? '')?.[1];
  if (letter?.kind !== 'letter' || name === undefined) return undefined;
  cursor.next();
  cursor.next();
  const words = name.toLowerCase();
  return {
    kind: 'relation',
    sides: [
      { kind: 'symbol', name: letter.text },
      { kind: 'text', words },
    ],
    operators: ['∈'],
  };
}
