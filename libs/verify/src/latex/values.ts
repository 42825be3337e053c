/**
 * A single value: a number, a symbol with its subscript, a group, a function with its arguments, a command.
 *
 * Every function here consumes at least one lexeme or fails, which is what bounds the parser.
 */
import { whole } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { unwrapped } from './arithmetic.js';
import { parseCommand } from './commands.js';
import type { Cursor } from './cursor.js';
import { parseFunction } from './functions.js';
import { parseBrackets, parseGroup } from './groups.js';
import { baseNumeral, literal, parseNumber, takeNumeral } from './literals.js';
import { leadingIndex, parseName } from './names.js';

export function parseValue(cursor: Cursor): Expression {
  const next = cursor.peek();
  if (next === undefined) cursor.fail('expected a value');
  switch (next.kind) {
    case 'number':
      return parseNumber(cursor);
    case 'letter':
      return baseNumeral(cursor) ?? parseName(cursor);
    case 'function':
      return parseFunction(cursor);
    case 'text':
      return { kind: 'text', words: (cursor.next() as { text: string }).text };
    case 'symbol':
      return leadingIndex(cursor) ?? baseNumeral(cursor) ?? parseBrackets(cursor);
    case 'command':
      return parseCommand(cursor, next.text);
    case 'conjunction':
      return cursor.fail('expected a value');
  }
}

/** The argument of a command: a group, or the next value; a number gives one digit where `oneDigit` is set. */
export function parseArgument(cursor: Cursor, oneDigit = false): Expression {
  const next = cursor.peek();
  if (next?.kind === 'symbol' && next.text === '{') {
    if (cursor.isSymbol('}', 1)) cursor.fail('an empty argument');
    return unwrapped(parseGroup(cursor));
  }
  if (next?.kind === 'number' && oneDigit && !next.numeral.decimal && next.numeral.text.length > 1) {
    cursor.next();
    const digits = next.numeral.text;
    cursor.insert({ kind: 'number', numeral: { text: digits.slice(1), decimal: false }, spaced: false });
    return { kind: 'number', value: whole(Number(digits[0])) };
  }
  if (next?.kind === 'number') return literal(cursor, takeNumeral(cursor));
  return unwrapped(parseValue(cursor));
}
