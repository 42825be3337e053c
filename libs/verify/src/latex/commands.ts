/** Commands that are values: constants, fractions, roots, binomials, sums, integrals, brackets that round. */
import type { Expression } from '../expression.js';
import { parseProduct, parseSum, quotient, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parseEnvironment } from './environments.js';
import { parseFunctionArguments } from './functions.js';
import { parseFigure } from './figures.js';
import { parseBrackets } from './groups.js';
import { withoutVariable } from './differentials.js';
import { parseName } from './names.js';
import { parseNamedSet } from './number-sets.js';
import { currencyOf } from './units.js';
import { parseArgument } from './values.js';

export function parseCommand(cursor: Cursor, name: string): Expression {
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
      return quotient(cursor, over, parseArgument(cursor, true));
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
    case 'ldots':
      cursor.next();
      return { kind: 'text', words: '…' };
    case 'square':
    case 'measuredangle':
      return cursor.fail('a picture is no value');
    default:
      if (FIGURES.has(name)) return parseFigure(cursor, name);
      if (currencyOf(name) !== undefined) {
        cursor.next();
        return { kind: 'quantity', of: parseProduct(cursor), unit: currencyOf(name)! };
      }
      if (name.startsWith('mathbb ')) {
        cursor.next();
        return parseNamedSet(cursor, name.slice(7) as 'R');
      }
      if (name.startsWith('unit ')) {
        cursor.next();
        return { kind: 'symbol', name };
      }
      if (name.startsWith('begin ')) return parseEnvironment(cursor);
      if (OPERATOR_COMMANDS.has(name) || name.startsWith('end ')) return cursor.fail('expected a value');
      return parseName(cursor);
  }
}

/** Geometric objects, and letters with a mark above. */
const FIGURES = new Set(
  'overline bar angle triangle overrightarrow overleftarrow overleftrightarrow widehat hat tilde'.split(' '),
);

const OPERATOR_COMMANDS = new Set(
  (
    '\\ cdot div pm mp le ge ne < > approx in notin ni cup cap setminus subset subseteq supset supseteq to ' +
    'Rightarrow implies iff Leftrightarrow equiv sim cong propto perp parallel mid choose over degree pmod ' +
    'bmod prime rfloor rceil forall exists therefore because stackrel underbrace overbrace substack not neg ' +
    'nsubset nsupset cancel bcancel xcancel sout st remainder by'
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

/** `\sum_{k=1}^{n} body`. A series without both bounds is an unknown operator. */
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

/** Integrals and limits: compared by their bounds and their body, in which a bound variable has no name of its own. */
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
  const body = unwrapped(cursor.nested(() => (name === 'int' ? parseSum(cursor) : parseProduct(cursor))));
  args.push(name === 'int' && args.length === 2 ? withoutVariable(body) : body);
  return { kind: 'apply', name: shape, args };
}
