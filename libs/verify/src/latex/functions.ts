/** Functions with their arguments: `\sin^2 x`, `\log_2 8`, `\max(1, 2)`, `\sin 2x \cos x`. */
import { whole } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { parsePower, startsFactor } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parseBrackets, parseGroup } from './groups.js';
import { parseSubscript } from './names.js';
import { parseArgument } from './values.js';

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
  const args = parseFunctionArguments(cursor, name);
  if (name === 'cis' && args.length === 1) {
    const turned: Expression = { kind: 'multiply', factors: [{ kind: 'constant', name: 'i' }, args[0]!] };
    const value: Expression = { kind: 'power', base: { kind: 'constant', name: 'e' }, exponent: turned };
    return exponent === undefined ? value : { kind: 'power', base: value, exponent };
  }
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

export function parseFunctionArguments(cursor: Cursor, name = ''): readonly Expression[] {
  const next = cursor.peek();
  if (next?.kind === 'symbol' && BRACKETS.has(next.text)) {
    const group = next.text === '{' ? parseGroup(cursor) : parseBrackets(cursor);
    if (group.kind === 'list' && group.items.length > 0) return group.items;
    return [group];
  }
  if (/^(?:min|max|gcd|lcm)$/.test(name)) return cursor.fail('expected the arguments in brackets');
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
