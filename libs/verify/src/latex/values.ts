/**
 * A single value: a number, a symbol with its subscript, a group, a function with its arguments, a command.
 *
 * Every function here consumes at least one lexeme or fails, which is what bounds the parser.
 */
import { multiply, power, rational, type Rational, whole } from '../exact/rational.js';
import type { Expression, NumberLiteral } from '../expression.js';
import { parsePower, parseProduct, parseSum, startsFactor, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parseEnvironment } from './environments.js';
import { parseBrackets, parseGroup } from './groups.js';
import { mixedNumberAt } from './mixed.js';
import { significantDigits, valueOf, type Numeral } from './numerals.js';
import { parseName, parseSubscript } from './names.js';

export function parseValue(cursor: Cursor): Expression {
  const next = cursor.peek();
  if (next === undefined) cursor.fail('expected a value');
  switch (next.kind) {
    case 'number':
      return parseNumber(cursor);
    case 'letter':
      return takeBaseNumeral(cursor) ?? parseName(cursor);
    case 'function':
      return parseFunction(cursor);
    case 'text':
      return { kind: 'text', words: (cursor.next() as { text: string }).text };
    case 'symbol':
      return parseBrackets(cursor);
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

/* Numbers */

function parseNumber(cursor: Cursor): Expression {
  const mixed = mixedNumberAt(cursor);
  if (mixed !== undefined) {
    for (let i = 0; i < mixed.lexemes; i++) cursor.next();
    return { kind: 'number', value: mixed.value };
  }
  const inBase = takeBaseNumeral(cursor);
  if (inBase !== undefined) return inBase;
  const numeral = takeNumeral(cursor);
  const repeating = takeRepeatingDecimals(cursor, numeral);
  if (repeating !== undefined) return repeating;
  const mantissa = literal(cursor, numeral);
  return takeExponent(cursor, mantissa) ?? mantissa;
}

function takeNumeral(cursor: Cursor): Numeral {
  const lexeme = cursor.next();
  if (lexeme.kind !== 'number') return cursor.fail('expected a number');
  return lexeme.numeral;
}

function literal(cursor: Cursor, numeral: Numeral): NumberLiteral {
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
function takeBaseNumeral(cursor: Cursor): Expression | undefined {
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

/* Functions and commands */

/** `\sin^2 x`, `\log_2 8`, `\max(1, 2)`, `\sin 2x \cos x`. */
export function parseFunction(cursor: Cursor): Expression {
  const lexeme = cursor.next();
  if (lexeme.kind !== 'function') return cursor.fail('expected a function');
  let name = lexeme.text;
  let exponent: Expression | undefined;
  let base: Expression | undefined;
  for (let i = 0; i < 2; i++) {
    if (cursor.takeSymbol('^')) {
      const negative = cursor.takeSymbol('-');
      exponent = parseArgument(cursor);
      if (negative) exponent = { kind: 'negate', of: exponent };
    } else if (cursor.isSymbol('_')) base = parseSubscript(cursor);
  }
  if (isMinusOne(exponent) && INVERSES.has(name)) {
    name = `a${name}`;
    exponent = undefined;
  }
  const args = parseFunctionArguments(cursor);
  if (name === 'lg') base = { kind: 'number', value: whole(10) };
  const call: Expression = {
    kind: 'call',
    name: name === 'lg' ? 'log' : name,
    args: base !== undefined && name.startsWith('l') ? [args[0]!, base] : args,
  };
  return exponent === undefined ? call : { kind: 'power', base: call, exponent };
}

const INVERSES = new Set('sin cos tan cot sec csc sinh cosh tanh'.split(' '));

function isMinusOne(exponent: Expression | undefined): boolean {
  if (exponent?.kind === 'negate')
    return exponent.of.kind === 'number' && exponent.of.value.n === 1n && exponent.of.value.d === 1n;
  return exponent?.kind === 'number' && exponent.value.n === -1n && exponent.value.d === 1n;
}

function parseFunctionArguments(cursor: Cursor): readonly Expression[] {
  const next = cursor.peek();
  if (next?.kind === 'symbol' && BRACKETS.has(next.text)) {
    const group = next.text === '{' ? parseGroup(cursor) : parseBrackets(cursor);
    if (group.kind === 'list' && group.items.length > 0) return group.items;
    return [group];
  }
  // Without brackets the argument is a product of plain factors: \sin 2x, \log 10, \cos 60^\circ.
  const negative = cursor.takeSymbol('-');
  const factors: Expression[] = [];
  if (cursor.peek()?.kind === 'function') factors.push(parseFunction(cursor));
  else {
    do factors.push(parsePower(cursor));
    while (
      startsFactor(cursor) &&
      cursor.peek()?.kind !== 'function' &&
      !cursor.isSymbol('(') &&
      !cursor.isSymbol('[')
    );
  }
  const argument: Expression = factors.length === 1 ? factors[0]! : { kind: 'multiply', factors };
  return [negative ? { kind: 'negate', of: argument } : argument];
}

const BRACKETS = new Set(['(', '[', '{', '\\{', '|']);

function parseCommand(cursor: Cursor, name: string): Expression {
  switch (name) {
    case 'pi':
    case 'e':
    case 'i':
      cursor.next();
      return { kind: 'constant', name };
    case 'infty':
      cursor.next();
      return { kind: 'constant', name: 'infinity' };
    case 'emptyset':
      cursor.next();
      return { kind: 'namedSet', name: 'empty' };
    case 'frac': {
      cursor.next();
      const over = parseArgument(cursor, true);
      return { kind: 'divide', over, under: parseArgument(cursor, true) };
    }
    case 'binom': {
      cursor.next();
      if (cursor.isSymbol('(')) return { kind: 'call', name: 'binom', args: parseFunctionArguments(cursor) };
      const upper = parseArgument(cursor, true);
      return { kind: 'call', name: 'binom', args: [upper, parseArgument(cursor, true)] };
    }
    case 'sqrt':
      return parseRoot(cursor);
    case 'sum':
    case 'prod':
      return parseSeries(cursor, name === 'sum' ? 'sum' : 'product');
    case 'int':
    case 'oint':
    case 'iint':
    case 'lim':
      return parseOpaqueOperator(cursor, name);
    case 'lfloor':
    case 'lceil':
      return parseRounding(cursor, name === 'lfloor' ? 'floor' : 'ceil');
    case 'overline':
    case 'bar':
    case 'angle':
    case 'triangle':
      cursor.next();
      return { kind: 'apply', name, args: [parseArgument(cursor)] };
    case '$': {
      cursor.next();
      return { kind: 'quantity', of: parseProduct(cursor), unit: '$' };
    }
    case 'ldots':
      cursor.next();
      return { kind: 'text', words: '…' };
    case 'square':
    case 'measuredangle':
      return cursor.fail('a picture is no value');
    default:
      if (name.startsWith('mathbb ')) {
        cursor.next();
        return { kind: 'namedSet', name: name.slice(7) as 'R' };
      }
      if (name.startsWith('begin ')) return parseEnvironment(cursor);
      if (OPERATOR_COMMANDS.has(name) || name.startsWith('end ')) return cursor.fail('expected a value');
      return parseName(cursor);
  }
}

const OPERATOR_COMMANDS = new Set(
  (
    '\\ cdot div pm mp le ge ne < > approx in notin ni cup cap setminus subset subseteq supset supseteq to Rightarrow implies iff ' +
    'Leftrightarrow equiv sim cong propto perp parallel mid choose over degree pmod bmod prime rfloor rceil forall exists ' +
    'therefore because stackrel underbrace overbrace substack color textcolor tag label not neg'
  ).split(' '),
);

function parseRoot(cursor: Cursor): Expression {
  cursor.next();
  let index: Expression | undefined;
  if (cursor.isSymbol('[')) {
    cursor.next();
    index = cursor.nested(() => parseSum(cursor));
    cursor.expectSymbol(']');
  }
  const of = cursor.isSymbol('(') ? unwrapped(parseBrackets(cursor)) : parseArgument(cursor);
  return { kind: 'call', name: 'sqrt', args: index === undefined ? [of] : [of, index] };
}

function parseRounding(cursor: Cursor, name: 'floor' | 'ceil'): Expression {
  cursor.next();
  const of = cursor.nested(() => parseSum(cursor));
  if (!cursor.takeCommand(name === 'floor' ? 'rfloor' : 'rceil')) cursor.fail(`expected \\r${name}`);
  return { kind: 'call', name, args: [of] };
}

/** `\sum_{k=1}^{n} body`. A series without both bounds is an operator nothing is known about. */
function parseSeries(cursor: Cursor, name: 'sum' | 'product'): Expression {
  const start = cursor.mark;
  cursor.next();
  const index = indexAt(cursor);
  const shadowed = index !== undefined && !cursor.indices.has(index);
  if (shadowed) cursor.indices.add(index);
  const series = parseBoundedSeries(cursor, name);
  if (shadowed) cursor.indices.delete(index);
  if (series !== undefined) return series;
  cursor.rewind(start);
  return parseOpaqueOperator(cursor, name);
}

/** The letter of `_{k=1}`. */
function indexAt(cursor: Cursor): string | undefined {
  const letter = cursor.peek(2);
  const bound =
    cursor.isSymbol('_') && cursor.isSymbol('{', 1) && letter?.kind === 'letter' && cursor.isSymbol('=', 3);
  return bound ? letter.text : undefined;
}

function parseBoundedSeries(cursor: Cursor, name: 'sum' | 'product'): Expression | undefined {
  if (!cursor.takeSymbol('_')) return undefined;
  const lower = parseArgument(cursor);
  if (!cursor.takeSymbol('^')) return undefined;
  const to = parseArgument(cursor);
  const bound = lower.kind === 'relation' && lower.operators[0] === '=' ? lower.sides[0] : undefined;
  const body = cursor.nested(() => parseProduct(cursor));
  if (lower.kind !== 'relation' || lower.sides.length !== 2 || bound?.kind !== 'symbol') {
    return { kind: 'apply', name, args: [lower, to, body] };
  }
  return { kind: 'series', name, variable: bound.name, from: lower.sides[1]!, to, body };
}

/** Integrals and limits: compared by their bounds and their body. */
function parseOpaqueOperator(cursor: Cursor, name: string): Expression {
  cursor.next();
  const args: Expression[] = [];
  let shape = name;
  for (let i = 0; i < 2; i++) {
    if (cursor.takeSymbol('_')) shape += '_';
    else if (cursor.takeSymbol('^')) shape += '^';
    else break;
    args.push(parseArgument(cursor));
  }
  args.push(unwrapped(cursor.nested(() => (name === 'int' ? parseSum(cursor) : parseProduct(cursor)))));
  return { kind: 'apply', name: shape, args };
}
