/**
 * Compound numbers: mixed numbers, scientific notation, repeating decimals, numerals in another base.
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
  // An ellipsis after digits, 3.14159...: the value is the truncated number.
  if (numeral.decimal && cursor.takeCommand('ldots')) return literal(cursor, numeral);
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

/** `3e8`, `1.5E-3`: no space on either side of the letter or its sign. */
function takeExponent(cursor: Cursor, mantissa: NumberLiteral): NumberLiteral | undefined {
  const letter = cursor.peek();
  if (letter?.kind !== 'letter' || letter.spaced || (letter.text !== 'e' && letter.text !== 'E'))
    return undefined;
  const signed = cursor.isSymbol('-', 1) || cursor.isSymbol('+', 1) ? 1 : 0;
  const digits = cursor.peek(1 + signed);
  if (cursor.peek(1)?.spaced === true) return undefined;
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

/** `0.1\overline{6}`, `0.\bar3`, `0.(3)`, `0.\dot{1}4285\dot{7}`, `0.333...`: exact. */
function takeRepeatingDecimals(cursor: Cursor, numeral: Numeral): NumberLiteral | undefined {
  if (!numeral.decimal && numeral.pointed !== true) return undefined;
  const found = periodAt(cursor) ?? ellipsisAt(cursor, numeral);
  if (found === undefined) return undefined;
  for (let i = 0; i < found.lexemes; i++) cursor.next();
  const text = found.fixed ?? numeral.text;
  const places = text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
  if (places + found.period.length > 200) return cursor.fail('a number has too many digits');
  const before = BigInt(text.replace('.', ''));
  const nines = 10n ** BigInt(found.period.length) - 1n;
  const value = rational(before * nines + BigInt(found.period), nines * 10n ** BigInt(places));
  return value === undefined ? cursor.fail('a number has too many digits') : { kind: 'number', value };
}

interface Period {
  readonly period: string;
  /** Lexemes that spell it. */
  readonly lexemes: number;
  /** The numeral without the period, if it contains the period. */
  readonly fixed?: string;
}

/** The period that a bar, parentheses or dots mark. */
function periodAt(cursor: Cursor): Period | undefined {
  if (cursor.isCommand('overline') || cursor.isCommand('bar')) return digitsAt(cursor, 1, '{', '}');
  if (cursor.isSymbol('(') && cursor.peek()?.spaced === false) return digitsAt(cursor, 0, '(', ')');
  if (!cursor.isCommand('dot')) return undefined;
  const first = digitsAt(cursor, 1, '{', '}');
  if (first === undefined || first.period.length !== 1) return undefined;
  const between = plainDigits(cursor, first.lexemes);
  const dot = first.lexemes + (between === undefined ? 0 : 1);
  if (!cursor.isCommand('dot', dot)) return between === undefined ? first : undefined;
  const last = digitsAt(cursor, dot + 1, '{', '}');
  if (last === undefined || last.period.length !== 1) return undefined;
  return { period: first.period + (between ?? '') + last.period, lexemes: last.lexemes };
}

/** Digits, bare or in brackets, `ahead` lexemes on; `lexemes` counts those before them too. */
function digitsAt(cursor: Cursor, ahead: number, open: string, close: string): Period | undefined {
  if (!cursor.isSymbol(open, ahead)) {
    const digits = open === '(' ? undefined : plainDigits(cursor, ahead);
    return digits === undefined ? undefined : { period: digits, lexemes: ahead + 1 };
  }
  const digits = plainDigits(cursor, ahead + 1);
  if (digits === undefined || !cursor.isSymbol(close, ahead + 2)) return undefined;
  return { period: digits, lexemes: ahead + 3 };
}

function plainDigits(cursor: Cursor, ahead: number): string | undefined {
  const lexeme = cursor.peek(ahead);
  return lexeme?.kind === 'number' && !lexeme.numeral.decimal ? lexeme.numeral.text : undefined;
}

/** `0.1666...`: digits that occur at least twice (one digit: three times) repeat for ever. */
function ellipsisAt(cursor: Cursor, numeral: Numeral): Period | undefined {
  const match = !cursor.isCommand('ldots')
    ? null
    : /^(\d+\.\d*?)(?:(\d)\2{2,}|(\d{2,6})\3+)$/.exec(numeral.text);
  return match === null ? undefined : { fixed: match[1]!, period: (match[2] ?? match[3])!, lexemes: 1 };
}

/**
 * `7602_8`, `FF_{16}`, `(101)_2`, `101_{\text{two}}`, `101 \text{ base } 2`: digits and the base they are written in.
 */
export function baseNumeral(cursor: Cursor): Expression | undefined {
  const grouped = cursor.isSymbol('(');
  let ahead = grouped ? 1 : 0;
  let digits = '';
  for (; ahead < 24; ahead++) {
    const lexeme = cursor.peek(ahead);
    if (lexeme === undefined || (digits !== '' && lexeme.spaced)) break;
    if (lexeme.kind === 'number' && !lexeme.numeral.decimal) digits += lexeme.numeral.text;
    else if (lexeme.kind === 'letter' && lexeme.text >= 'A' && lexeme.text <= 'Z') digits += lexeme.text;
    else break;
  }
  if (digits === '' || (grouped && !cursor.isSymbol(')', ahead++))) return undefined;
  const base = baseAt(cursor, ahead);
  if (base === undefined) return undefined;
  const { radix } = base;
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
  for (let i = 0; i < ahead + base.lexemes; i++) cursor.next();
  return { kind: 'number', value: literalValue };
}

/**
 * `_8`, `_{16}`, `_{(2)}`, `_{\text{base } 2}`, `\text{ base }2`: a base from 2 to 36 and the lexemes that spell it.
 */
function baseAt(cursor: Cursor, from: number): { radix: number; lexemes: number } | undefined {
  let at = from;
  const wordAt = (): string => {
    const lexeme = cursor.peek(at);
    return lexeme?.kind === 'text' ? lexeme.text.replace(/[()]/g, '').toLowerCase() : '';
  };
  const isWord = (): boolean => /^(?:in )?base$/.test(wordAt());
  const closings: string[] = [];
  if (cursor.isSymbol('_', at)) {
    at++;
    for (const [open, close] of ['{}', '()'] as const) {
      if (cursor.isSymbol(open!, at)) {
        closings.unshift(close!);
        at++;
      }
    }
    if (isWord()) at++;
  } else if (isWord()) at++;
  else if (!/^(?:in )?base[ -]?\w+$/.test(wordAt())) return undefined;
  const spelled = wordAt().replace(/^(?:in )?base[ -]?/, '');
  const base = cursor.peek(at++);
  const named = /^\d{1,2}$/.test(spelled) ? Number(spelled) : BASE_WORDS.indexOf(spelled);
  const radix = base?.kind === 'number' && !base.numeral.decimal ? Number(base.numeral.text) : named;
  for (const close of closings) if (!cursor.isSymbol(close, at++)) return undefined;
  return radix >= 2 && radix <= 36 ? { radix, lexemes: at - from } : undefined;
}

const BASE_WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
