/**
 * Sums, products, powers and what follows a value (factorial, percent, degrees): the levels of the grammar between a
 * relation and a single value.
 *
 *   sum     := ['+'|'-'|'±'] product (('+'|'-'|'±') product)*
 *   product := unary (['*'|'·'|'/'|'÷'] unary)*          juxtaposition multiplies
 *   unary   := ('+'|'-') unary | power
 *   power   := value postfix* ['^' exponent]
 */
import type { Expression } from '../expression.js';
import type { Cursor } from './cursor.js';
import { derivativeOf } from './differentials.js';
import { isRangeInBrackets } from './structure.js';
import { parseArgument, parseValue } from './values.js';
import { mixedNumberAt } from './mixed.js';

export function parseSum(cursor: Cursor): Expression {
  const terms: Expression[] = [];
  for (let first = true; ; first = false) {
    const sign = takeSign(cursor);
    if (sign === undefined && !first) break;
    const term = parseProduct(cursor);
    if (sign === '-') terms.push(negated(term));
    else if (sign === '±') terms.push({ kind: 'plusMinus', sign: 1, of: term });
    else if (sign === '∓') terms.push({ kind: 'plusMinus', sign: -1, of: term });
    else terms.push(term);
  }
  return terms.length === 1 ? terms[0]! : { kind: 'add', terms };
}

function takeSign(cursor: Cursor): '+' | '-' | '±' | '∓' | undefined {
  if (cursor.takeSymbol('+')) return cursor.takeSymbol('-') ? (cursor.takeSymbol('-') ? '+' : '-') : '+';
  if (cursor.takeSymbol('-')) return '-';
  if (cursor.takeCommand('pm')) return '±';
  if (cursor.takeCommand('mp')) return '∓';
  return undefined;
}

export function parseProduct(cursor: Cursor): Expression {
  let product = parseUnary(cursor);
  let factors: Expression[] = [product];
  if (product.kind === 'text' && startsFactor(cursor)) cursor.fail('words before a value');
  const close = (): Expression => (factors.length === 1 ? factors[0]! : { kind: 'multiply', factors });
  for (;;) {
    if (cursor.takeSymbol('*') || cursor.takeCommand('cdot')) factors.push(unwrapped(parseUnary(cursor)));
    else if (cursor.takeCommand('cross')) {
      // The order of a cross product matters: it is an unknown function of both factors.
      factors = [{ kind: 'apply', name: 'cross', args: [close(), unwrapped(parseUnary(cursor))] }];
    } else if (cursor.isCommand('remainder') || cursor.isCommand('by')) {
      // A quotient with its remainder, the sides of a rectangle: two numbers in order.
      const name = (cursor.next() as { text: string }).text;
      factors = [{ kind: 'apply', name, args: [close(), unwrapped(parseUnary(cursor))] }];
    } else if (cursor.isSymbol('/') || cursor.isCommand('div')) {
      if (cursor.peek(1)?.kind === 'text') break; // `/hour`: a unit
      cursor.next();
      product = quotient(cursor, close(), unwrapped(parseUnary(cursor)));
      factors = [product];
    } else if (cursor.isCommand('bmod') || isModulo(cursor)) {
      cursor.next();
      factors = [{ kind: 'call', name: 'mod', args: [close(), unwrapped(parseUnary(cursor))] }];
    } else if (startsFactor(cursor)) factors.push(unwrapped(parsePower(cursor)));
    else break;
    if (factors.length === 2) factors[0] = unwrapped(factors[0]!);
  }
  return close();
}

/** A fraction, or a derivative; `\frac{d}{dx}` takes the product that follows. */
export function quotient(cursor: Cursor, over: Expression, under: Expression): Expression {
  const derivative = derivativeOf(over, under);
  if (derivative === undefined) return { kind: 'divide', over, under };
  const of = derivative.of ?? (startsFactor(cursor) ? unwrapped(parseProduct(cursor)) : undefined);
  if (of === undefined) return { kind: 'symbol', name: derivative.name };
  // y' is the derivative by x.
  const order =
    ['derivative d by x', 'derivative d2 by x2', 'derivative d3 by x3'].indexOf(derivative.name) + 1;
  if (order > 0 && of.kind === 'symbol' && of.name.length === 1) return primed(of, order);
  return { kind: 'apply', name: derivative.name, args: [of] };
}

function isModulo(cursor: Cursor): boolean {
  const next = cursor.peek();
  return next?.kind === 'function' && next.text === 'mod';
}

/** Whether a value that multiplies by juxtaposition comes next. */
export function startsFactor(cursor: Cursor): boolean {
  const next = cursor.peek();
  switch (next?.kind) {
    case 'number':
      // Two adjacent numbers are not a product, except before a mixed number (3 1\frac12); neither is a number behind
      // a letter: 2h30 would be 30h2.
      return !isNumberOrLetterBefore(cursor) || mixedNumberAt(cursor) !== undefined;
    case 'letter':
    case 'function':
      return true;
    case 'symbol':
      if (next.text === '|') return cursor.bars === 0;
      if (isRangeInBrackets(cursor)) return false;
      return next.text === '(' || next.text === '[' || next.text === '{' || next.text === '\\{';
    case 'command':
      return VALUE_COMMANDS.has(next.text) || next.text.startsWith('begin ') || next.text.startsWith('unit ');
    default:
      return false;
  }
}

function isNumberOrLetterBefore(cursor: Cursor): boolean {
  const before = cursor.peek(-1)?.kind;
  return before === 'number' || before === 'letter';
}

/** Commands that are values and not operators. Unknown commands are symbols, and so values too. */
const VALUE_COMMANDS = new Set(
  (
    'frac sqrt cbrt binom pi e i infty emptyset sum prod int iint lim lfloor lceil overline bar angle widehat ' +
    'overrightarrow overleftarrow overleftrightarrow hat tilde ' +
    'triangle alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau ' +
    'upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega hbar ell nabla ' +
    'partial aleph wp'
  ).split(' '),
);

function parseUnary(cursor: Cursor): Expression {
  let negative = false;
  for (;;) {
    if (cursor.takeSymbol('-')) negative = !negative;
    else if (!cursor.takeSymbol('+')) break;
  }
  const value = parsePower(cursor);
  return negative ? negated(value) : value;
}

export function parsePower(cursor: Cursor): Expression {
  let value = parseValue(cursor);
  for (;;) {
    if (cursor.isSymbol('!')) {
      cursor.next();
      const isDouble = cursor.isSymbol('!') && cursor.peek()?.spaced === false;
      if (isDouble) cursor.next();
      if (cursor.isSymbol('!')) cursor.fail('more than two factorial signs');
      value = { kind: 'call', name: isDouble ? 'doublefactorial' : 'factorial', args: [unwrapped(value)] };
    } else if (cursor.takeSymbol('%')) value = { kind: 'percent', of: value };
    else if (cursor.takeCommand('degree')) value = degrees(cursor, value);
    else if (cursor.isSymbol('^')) {
      cursor.next();
      value = parseExponent(cursor, value);
    } else return value;
  }
}

/** After a degree sign; with a C or F it is a temperature. */
function degrees(cursor: Cursor, of: Expression): Expression {
  const next = cursor.peek();
  const scale = next?.kind === 'letter' || next?.kind === 'text' ? next.text.trim() : '';
  if (!/^(?:C|F|Celsius|Fahrenheit)$/i.test(scale)) return { kind: 'degrees', of };
  cursor.next();
  return { kind: 'quantity', of, unit: `°${scale[0]!.toUpperCase()}` };
}

/** After `^`. A degree sign and primes are not exponents. */
function parseExponent(cursor: Cursor, base: Expression): Expression {
  if (cursor.takeCommand('degree')) return degrees(cursor, base);
  const isGroup = cursor.isSymbol('{');
  const inner = isGroup ? 1 : 0;
  if (isGroup && cursor.isCommand('degree', 1) && cursor.isSymbol('}', 2)) {
    cursor.next();
    cursor.next();
    cursor.next();
    return degrees(cursor, base);
  }
  if (cursor.isCommand('prime', inner) || cursor.isSymbol("'", inner)) {
    let primes = 0;
    if (isGroup) cursor.next();
    while (cursor.takeCommand('prime') || cursor.takeSymbol("'")) primes++;
    if (isGroup) cursor.expectSymbol('}');
    return primed(base, primes);
  }
  if (cursor.takeSymbol('*')) return { kind: 'apply', name: 'star', args: [base] };
  // 0^+ in a limit: the side of approach.
  for (const side of ['+', '-']) {
    const isBare =
      cursor.isSymbol(side, inner) && (isGroup ? cursor.isSymbol('}', 2) : cursor.isSymbol('}', 1));
    if (!isBare) continue;
    for (let i = 0; i < (isGroup ? 3 : 1); i++) cursor.next();
    return { kind: 'apply', name: `side ${side}`, args: [base] };
  }
  const negative = cursor.takeSymbol('-');
  const exponent = parseArgument(cursor);
  return { kind: 'power', base: unwrapped(base), exponent: negative ? negated(exponent) : exponent };
}

/** x' is a different symbol from x, and f' a different function from f. */
export function primed(base: Expression, primes: number): Expression {
  const mark = "'".repeat(primes);
  if (base.kind === 'symbol') return { kind: 'symbol', name: base.name + mark };
  if (base.kind === 'apply') return { ...base, name: base.name + mark };
  return { kind: 'apply', name: mark, args: [base] };
}

function negated(of: Expression): Expression {
  // -\$3 and -3% are quantities.
  if (of.kind === 'quantity' || of.kind === 'percent' || of.kind === 'degrees')
    return { ...of, of: negated(of.of) };
  return { kind: 'negate', of: unwrapped(of) };
}

/** Brackets of any kind around one value are parentheses where a scalar is needed: [1+2][3-4]. */
export function unwrapped(value: Expression): Expression {
  if (value.kind === 'list' && value.items.length === 1 && value.open !== '') return value.items[0]!;
  return value;
}
