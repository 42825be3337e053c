/**
 * Numbers with what belongs to them: mixed numbers, scientific notation, repeating decimals, numerals in another base.
 */
import { multiply, power, rational, type Rational, whole } from '../exact/rational.js';
import type { Expression, NumberLiteral } from '../expression.js';
import type { Cursor } from './cursor.js';
import { mixedNumberAt } from './mixed.js';
import { significantDigits, valueOf, type Numeral } from './numerals.js';

export function parseNumber(cursor: Cursor): Expression {
  const mixed = mixedNumberAt(cursor);
  if (mixed !== undefined) {
    for (let i = 0; i < mixed.lexemes; i++) cursor.next();
    return { kind: 'number', value: mixed.value };
  }
  const inBase = baseNumeral(cursor);
  if (inBase !== undefined) return inBase;
  const numeral = takeNumeral(cursor);
  const repeating = takeRepeatingDecimals(cursor, numeral);
  if (repeating !== undefined) return repeating;
  const mantissa = literal(cursor, numeral);
  return takeExponent(cursor, mantissa) ?? mantissa;
}

export function takeNumeral(cursor: Cursor): Numeral {
  const lexeme = cursor.next();
  if (lexeme.kind !== 'number') return cursor.fail('expected a number');
  return lexeme.numeral;
}

export function literal(cursor: Cursor, numeral: Numeral): NumberLiteral {
  cursor.budget.spend(numeral.text.length);
  const value = valueOf(numeral) ?? cursor.fail('a number has too many digits');
  if (!numeral.decimal) return { kind: 'number', value };
  const places = numeral.text.length - numeral.text.indexOf('.') - 1;
  const decimal = { significantDigits: significantDigits(numeral), unitInLastPlace: 10 ** -places };
  return { kind: 'number', value, decimal };
}

/** `3e8`, `1.5E-3`: no space on either side of the letter. */
function takeExponent(cursor: Cursor, mantissa: NumberLiteral): NumberLiteral | undefined {
  const letter = cursor.peek();
  if (letter?.kind !== 'letter' || letter.spaced || (letter.text !== 'e' && letter.text !== 'E'))
    return undefined;
  const signed = cursor.isSymbol('-', 1) || cursor.isSymbol('+', 1) ? 1 : 0;
  const digits = cursor.peek(1 + signed);
  if (digits?.kind !== 'number' || digits.spaced || digits.numeral.decimal || digits.numeral.text.length > 4)
    return undefined;
  const exponent = (cursor.isSymbol('-', 1) ? -1n : 1n) * BigInt(digits.numeral.text);
  for (let i = 0; i < 2 + signed; i++) cursor.next();
  const scale = power(whole(10), exponent);
  const value = scale && multiply(mantissa.value, scale);
  if (value === undefined) return cursor.fail('a number is too large');
  const written = mantissa.decimal ?? { significantDigits: 1, unitInLastPlace: 1 };
  return {
    kind: 'number',
    value,
    decimal: { ...written, unitInLastPlace: written.unitInLastPlace * 10 ** Number(exponent) },
  };
}

/** `0.1\overline{6}`, `0.\overline{3}`, `0.\bar3`: exact. */
function takeRepeatingDecimals(cursor: Cursor, numeral: Numeral): NumberLiteral | undefined {
  if (!cursor.isCommand('overline') && !cursor.isCommand('bar')) return undefined;
  const grouped = cursor.isSymbol('{', 1);
  const period = cursor.peek(grouped ? 2 : 1);
  if (period?.kind !== 'number' || period.numeral.decimal) return undefined;
  if (grouped && !cursor.isSymbol('}', 3)) return undefined;
  for (let i = 0; i < (grouped ? 4 : 2); i++) cursor.next();
  const fixed = numeral.decimal ? numeral.text.length - numeral.text.indexOf('.') - 1 : 0;
  const length = period.numeral.text.length;
  if (fixed + length > 200) return cursor.fail('a number has too many digits');
  const before = BigInt(numeral.text.replace('.', ''));
  const nines = 10n ** BigInt(length) - 1n;
  const value = rational(before * nines + BigInt(period.numeral.text), nines * 10n ** BigInt(fixed));
  return value === undefined ? cursor.fail('a number has too many digits') : { kind: 'number', value };
}

/** `7602_8`, `1A3_{16}`, `FF_{16}`: digits and upper-case letters followed by a base from 2 to 36. */
export function baseNumeral(cursor: Cursor): Expression | undefined {
  let digits = '';
  let ahead = 0;
  for (; ahead < 24; ahead++) {
    const lexeme = cursor.peek(ahead);
    if (lexeme === undefined || (ahead > 0 && lexeme.spaced)) break;
    if (lexeme.kind === 'number' && !lexeme.numeral.decimal) digits += lexeme.numeral.text;
    else if (lexeme.kind === 'letter' && lexeme.text >= 'A' && lexeme.text <= 'Z') digits += lexeme.text;
    else break;
  }
  if (!cursor.isSymbol('_', ahead)) return undefined;
  const grouped = cursor.isSymbol('{', ahead + 1);
  const base = cursor.peek(ahead + (grouped ? 2 : 1));
  const named = base?.kind === 'text' ? BASE_WORDS.indexOf(base.text.toLowerCase()) : -1;
  const radix = base?.kind === 'number' ? Number(base.numeral.text) : named;
  if (!(radix >= 2 && radix <= 36) || (grouped && !cursor.isSymbol('}', ahead + 3))) return undefined;
  // A_16 is a point; only several letters are a number, and only in base 16.
  if (/^[A-Z]/.test(digits) && (digits.length < 2 || radix !== 16)) return undefined;
  let value = 0n;
  for (const digit of digits) {
    const d = Number.parseInt(digit, 36);
    if (d >= radix) return undefined;
    value = value * BigInt(radix) + BigInt(d);
  }
  cursor.budget.spend(digits.length * 4);
  const literalValue: Rational | undefined = rational(value, 1n);
  if (literalValue === undefined) return cursor.fail('a number has too many digits');
  for (let i = 0; i < ahead + (grouped ? 4 : 2); i++) cursor.next();
  return { kind: 'number', value: literalValue };
}

const BASE_WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
