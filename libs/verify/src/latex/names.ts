/**
 * Names: single letters and Greek letters, with subscripts and primes, and names applied to arguments.
 *
 * A subscript that holds a value (a_n, F_{n-1}) makes the name a function of it, so that equal subscripts, however
 * written, name the same thing; a subscript of digits or of a word (x_1, v_{max}) is part of the name.
 */
import { whole } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { primed, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { differentialName } from './differentials.js';
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
  const next = cursor.peek();
  const isDifferential =
    name === 'd' && (next?.kind === 'command' || next?.kind === 'letter') && !next.spaced;
  const differential = isDifferential ? differentialName(next.text) : undefined;
  if (differential !== undefined) {
    cursor.next();
    name = differential;
  }
  if (name === 'Delta' && cursor.peek()?.kind === 'letter') name += (cursor.next() as { text: string }).text;

  let value: Expression = { kind: 'symbol', name };
  if (cursor.isSymbol('_')) value = withSubscript(name, parseSubscript(cursor));
  const choice = choiceAt(cursor, value);
  if (choice !== undefined) return choice;
  let primes = 0;
  while (cursor.takeSymbol("'") || cursor.takeCommand('prime')) primes++;
  if (primes > 0) value = primed(value, primes);
  return cursor.isSymbol('(') ? applied(cursor, value) : value;
}

/**
 * `_{10}C_3`, `{}^{10}C_3`, `{}_nP_k`: combinations and permutations with the first number in front. Undefined for
 * anything else that starts with an index.
 */
export function leadingIndex(cursor: Cursor): Expression | undefined {
  const mark = cursor.mark;
  if (cursor.isSymbol('{') && cursor.isSymbol('}', 1)) {
    cursor.next();
    cursor.next();
  }
  if (!cursor.takeSymbol('_') && !cursor.takeSymbol('^')) return rewound(cursor, mark);
  const from = parseArgument(cursor);
  const letter = cursor.peek();
  const name = letter?.kind === 'letter' || letter?.kind === 'text' ? letter.text : '';
  if (!/^[CP]$/.test(name) || !cursor.isSymbol('_', 1)) return rewound(cursor, mark);
  cursor.next();
  return chosen(name, from, parseSubscript(cursor));
}

function rewound(cursor: Cursor, mark: number): undefined {
  cursor.rewind(mark);
  return undefined;
}

function chosen(name: string, n: Expression, k: Expression): Expression {
  const binomial: Expression = { kind: 'call', name: 'binom', args: [n, k] };
  if (name === 'C') return binomial;
  return { kind: 'multiply', factors: [binomial, { kind: 'call', name: 'factorial', args: [k] }] };
}

/** `C_{10}^{3}` with whole numbers n >= k: this notation is not a power of C_10. */
function choiceAt(cursor: Cursor, value: Expression): Expression | undefined {
  const match = value.kind === 'symbol' ? /^C_(\d{1,4})$/.exec(value.name) : null;
  if (match === null || !cursor.isSymbol('^')) return undefined;
  const mark = cursor.mark;
  cursor.next();
  const k = parseArgument(cursor);
  const isChoice =
    k.kind === 'number' && k.value.d === 1n && k.value.n >= 0n && k.value.n <= BigInt(match[1]!);
  if (!isChoice) return rewound(cursor, mark);
  return chosen('C', { kind: 'number', value: whole(Number(match[1])) }, k);
}

/** Takes `_` and its subscript. */
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
  // W(n) = ... defines W, whatever its name, and q(-1) = 2 states a value.
  const isValue = group.kind === 'number' || (group.kind === 'negate' && group.of.kind === 'number');
  const isNamedSo = value.kind === 'symbol' && /^[p-tP-TNVW]$/.test(value.name);
  const isDefined = (group.kind === 'symbol' || (isValue && isNamedSo)) && cursor.isSymbol('=');
  if (
    value.kind === 'symbol' &&
    (several ||
      isDefined ||
      value.name.endsWith("'") ||
      FUNCTION_NAMES.has(value.name.replace(/['_].*$/, '')))
  ) {
    const derived = several ? undefined : derivativeAt(value.name, unwrapped(group));
    if (derived !== undefined) return derived;
    if (value.name === 'Gamma' && !several) return factorialBefore(unwrapped(group));
    return { kind: 'apply', name: value.name, args: several ? group.items : [unwrapped(group)] };
  }
  cursor.rewind(mark);
  return value;
}

/** `P'(t)` as the derivative by t that `\frac{dP}{dt}` is; the primes of f, g and h stay with their functions. */
function derivativeAt(name: string, at: Expression): Expression | undefined {
  if (!/^[^'_]'$/.test(name) || FUNCTION_NAMES.has(name[0]!) || at.kind !== 'symbol') return undefined;
  if (at.name === 'x') return { kind: 'symbol', name };
  return { kind: 'apply', name: `derivative d by ${at.name}`, args: [{ kind: 'symbol', name: name[0]! }] };
}

/** `\Gamma(x)` is (x - 1)!. */
function factorialBefore(x: Expression): Expression {
  const one: Expression = { kind: 'negate', of: { kind: 'number', value: whole(1) } };
  return { kind: 'call', name: 'factorial', args: [{ kind: 'add', terms: [x, one] }] };
}
