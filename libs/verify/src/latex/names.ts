/**
 * Names: single letters and Greek letters, with subscripts and primes, and names applied to arguments.
 *
 * A subscript that holds a value (a_n, F_{n-1}) makes the name a function of it, so that equal subscripts, however
 * written, name the same thing; a subscript of digits or of a word (x_1, v_{max}) is part of the name.
 */
import type { Expression } from '../expression.js';
import { primed, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parseBrackets, parseGroup } from './groups.js';
import { parseArgument } from './values.js';

/** Names that are functions when one argument in parentheses follows; any name is with two arguments. */
const FUNCTION_NAMES = new Set([
  'f',
  'g',
  'h',
  'F',
  'G',
  'H',
  'phi',
  'Phi',
  'psi',
  'Psi',
  'Gamma',
  'zeta',
  'varphi',
]);

export function parseName(cursor: Cursor): Expression {
  const lexeme = cursor.next();
  if (lexeme.kind !== 'letter' && lexeme.kind !== 'command') return cursor.fail('expected a name');
  let name = lexeme.text;
  if ((name === 'e' || name === 'i') && !cursor.isSymbol('_') && !cursor.indices.has(name)) {
    return { kind: 'constant', name };
  }
  if (name === 'Delta' && cursor.peek()?.kind === 'letter') name += (cursor.next() as { text: string }).text;

  let value: Expression = { kind: 'symbol', name };
  if (cursor.isSymbol('_')) value = withSubscript(name, parseSubscript(cursor));
  let primes = 0;
  while (cursor.takeSymbol("'") || cursor.takeCommand('prime')) primes++;
  if (primes > 0) value = primed(value, primes);
  return cursor.isSymbol('(') ? applied(cursor, value) : value;
}

/** Takes `_` and what belongs to it. */
export function parseSubscript(cursor: Cursor): Expression {
  cursor.expectSymbol('_');
  return cursor.isSymbol('{') ? unwrapped(parseGroup(cursor)) : parseArgument(cursor);
}

function withSubscript(name: string, subscript: Expression): Expression {
  const word = wordOf(subscript);
  if (word !== undefined) return { kind: 'symbol', name: `${name}_${word}` };
  return { kind: 'apply', name: `${name}_`, args: subscript.kind === 'list' ? subscript.items : [subscript] };
}

/** A subscript that only names: a whole number, a word, several letters. */
function wordOf(subscript: Expression): string | undefined {
  if (subscript.kind === 'number' && subscript.value.d === 1n) return subscript.value.n.toString();
  if (subscript.kind === 'text') return subscript.words;
  if (subscript.kind === 'symbol' && /^[A-Z]$/.test(subscript.name)) return subscript.name;
  if (subscript.kind === 'multiply') {
    const parts = subscript.factors.map((factor) =>
      factor.kind === 'symbol' ? factor.name : wordOf(factor),
    );
    return parts.every((part) => part !== undefined) ? parts.join('') : undefined;
  }
  return undefined;
}

function applied(cursor: Cursor, value: Expression): Expression {
  const mark = cursor.mark;
  const group = parseBrackets(cursor);
  const several = group.kind === 'list' && group.items.length > 1;
  if (value.kind === 'symbol' && (several || FUNCTION_NAMES.has(value.name.replace(/['_].*$/, '')))) {
    return { kind: 'apply', name: value.name, args: several ? group.items : [unwrapped(group)] };
  }
  cursor.rewind(mark);
  return value;
}
