/**
 * Mixed numbers: `4 4/9`, `4\frac{4}{9}`. A whole number followed by a proper fraction of whole numbers is their sum,
 * as in every answer key. With an improper fraction (`2\frac{3}{2}`, `11 6/6`) it is ambiguous (a sum to some, a
 * product to others) and refused.
 */
import { rational, type Rational } from '../exact/rational.js';
import type { Cursor } from './cursor.js';

/** The value of a mixed number that starts at the cursor and how many lexemes it takes. */
export function mixedNumberAt(cursor: Cursor): { value: Rational; lexemes: number } | undefined {
  const whole = wholeAt(cursor, 0);
  if (whole === undefined) return undefined;
  if (cursor.isCommand('frac', 1)) return withFraction(cursor, whole);
  const over = wholeAt(cursor, 1);
  if (over === undefined || cursor.peek(1)?.spaced !== true || !cursor.isSymbol('/', 2)) return undefined;
  const under = wholeAt(cursor, 3);
  if (under === undefined) return undefined;
  return mixed(cursor, whole, over, under, 4);
}

/** `\frac{4}{9}`, `\frac49` or `\frac4{9}` after the whole part. */
function withFraction(cursor: Cursor, whole: bigint): { value: Rational; lexemes: number } | undefined {
  const both = cursor.peek(2);
  if (both?.kind === 'number' && /^[1-9][1-9]$/.test(both.numeral.text)) {
    return mixed(cursor, whole, BigInt(both.numeral.text[0]!), BigInt(both.numeral.text[1]!), 3);
  }
  const over = groupedWholeAt(cursor, 2);
  if (over === undefined) return undefined;
  const under = groupedWholeAt(cursor, 2 + over.lexemes);
  if (under === undefined) return undefined;
  return mixed(cursor, whole, over.value, under.value, 2 + over.lexemes + under.lexemes);
}

function mixed(
  cursor: Cursor,
  whole: bigint,
  over: bigint,
  under: bigint,
  lexemes: number,
): { value: Rational; lexemes: number } | undefined {
  if (over <= 0n || over >= under) return cursor.fail('an improper fraction after a whole number');
  const value = rational(whole * under + over, under);
  return value === undefined ? undefined : { value, lexemes };
}

function groupedWholeAt(cursor: Cursor, ahead: number): { value: bigint; lexemes: number } | undefined {
  if (!cursor.isSymbol('{', ahead)) {
    const value = wholeAt(cursor, ahead);
    return value === undefined ? undefined : { value, lexemes: 1 };
  }
  const value = wholeAt(cursor, ahead + 1);
  return value !== undefined && cursor.isSymbol('}', ahead + 2) ? { value, lexemes: 3 } : undefined;
}

/** Most digits of the whole part of a mixed number. */
const DIGITS_MAX = 30;

function wholeAt(cursor: Cursor, ahead: number): bigint | undefined {
  const lexeme = cursor.peek(ahead);
  if (lexeme?.kind !== 'number' || lexeme.numeral.decimal || lexeme.numeral.text.length > DIGITS_MAX)
    return undefined;
  return BigInt(lexeme.numeral.text);
}
