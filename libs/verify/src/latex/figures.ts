/**
 * Geometric objects named by their points (`\angle ABC`, `\overline{AB}`, `\overrightarrow{AB}`, `\triangle ABC`) and
 * numbers written by their digits (`\overline{ab}`). The letters are no product: their order matters as far as the
 * object's does.
 */
import type { Expression } from '../expression.js';
import type { Cursor } from './cursor.js';
import { parseArgument } from './values.js';

export function parseFigure(cursor: Cursor, command: string): Expression {
  const before = cursor.peek(-1);
  cursor.next();
  const points = pointsAt(cursor);
  if (points === undefined) return { kind: 'apply', name: command, args: [parseArgument(cursor)] };
  const isMatched = isSimilarity(before) || isSimilarity(cursor.peek());
  const name = command === 'triangle' && isMatched ? 'triangle in order' : command;
  const [object, order] = (ORDERS[name] ?? inOrder)(points);
  return { kind: 'symbol', name: `${object ?? command} ${order.join('')}` };
}

function isSimilarity(lexeme: ReturnType<Cursor['peek']>): boolean {
  return lexeme?.kind === 'command' && /^(?:sim|cong)$/.test(lexeme.text);
}

/** The letters and digits that name an object, in braces or in a row; undefined for anything else. */
function pointsAt(cursor: Cursor): readonly string[] | undefined {
  const isGroup = cursor.isSymbol('{');
  const points: string[] = [];
  let ahead = isGroup ? 1 : 0;
  for (; ; ahead++) {
    const lexeme = cursor.peek(ahead);
    if (!isGroup && points.length > 0 && lexeme?.spaced !== false) break;
    if (lexeme?.kind === 'letter') points.push(lexeme.text);
    else if (lexeme?.kind === 'text' && /^[A-Z]{2,8}$/.test(lexeme.text)) points.push(...lexeme.text);
    else if (isGroup && lexeme?.kind === 'number' && !lexeme.numeral.decimal)
      points.push(...lexeme.numeral.text);
    else break;
  }
  if (points.length === 0 || (isGroup && !cursor.isSymbol('}', ahead))) return undefined;
  for (let i = 0; i < ahead + (isGroup ? 1 : 0); i++) cursor.next();
  return points;
}

type Order = (points: readonly string[]) => readonly [object: string | undefined, points: readonly string[]];

const inOrder: Order = (points) => [undefined, points];
const anyOrder: Order = (points) => [undefined, [...points].sort()];
/** Read from either end: the vertex of an angle stays in the middle. */
const eitherEnd: Order = (points) => {
  const turned = [...points].reverse();
  return [undefined, points.join('') < turned.join('') ? points : turned];
};

const ORDERS: Readonly<Record<string, Order>> = {
  angle: eitherEnd,
  widehat: eitherEnd,
  triangle: anyOrder,
  overleftrightarrow: anyOrder,
  overleftarrow: (points) => ['overrightarrow', [...points].reverse()],
  // Two capital letters are the ends of a segment; small ones are digits.
  overline: (points) =>
    (points.length === 2 && points.every((point) => /[A-Z]/.test(point)) ? anyOrder : inOrder)(points),
};
