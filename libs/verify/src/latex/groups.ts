/**
 * Brackets: LaTeX groups, parentheses, lists, sets, intervals, set-builders, absolute values.
 */
import type { Expression, List } from '../expression.js';
import { parseSum, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parseItems, parseRelation } from './structure.js';

/** `{ ... }`: a group of LaTeX. Several items in it are a set written without its printed braces. */
export function parseGroup(cursor: Cursor): Expression {
  cursor.expectSymbol('{');
  return cursor.nested(() => {
    if (cursor.takeSymbol('}')) return { kind: 'list', open: '{', close: '}', items: [] };
    const { items } = parseItems(cursor);
    const last = items.at(-1)!;
    if (items.length === 1 && (cursor.isCommand('choose') || cursor.isCommand('over'))) {
      const binomial = cursor.takeCommand('choose');
      if (!binomial) cursor.next();
      const under = parseSum(cursor);
      cursor.expectSymbol('}');
      return binomial
        ? { kind: 'call', name: 'binom', args: [last, under] }
        : { kind: 'divide', over: last, under };
    }
    cursor.expectSymbol('}');
    return items.length === 1 ? last : { kind: 'list', open: '{', close: '}', items };
  });
}

/** Anything that a symbol opens. */
export function parseBrackets(cursor: Cursor): Expression {
  if (cursor.isSymbol('{')) return parseGroup(cursor);
  if (cursor.isSymbol('|') || cursor.isSymbol('||')) return parseBars(cursor);
  const opening = cursor.peek();
  if (opening?.kind !== 'symbol') return cursor.fail('expected a bracket');
  switch (opening.text) {
    case '(':
    case '[':
      cursor.next();
      return cursor.nested(() => parseUntilClosed(cursor, opening.text as '(' | '['));
    case ']':
      // ]a, b[ is how French writes an open interval.
      cursor.next();
      return cursor.nested(() => parseUntilClosed(cursor, '('));
    case '\\{':
      cursor.next();
      return cursor.nested(() => parseSet(cursor));
    default:
      return cursor.fail('expected a value');
  }
}

function parseUntilClosed(cursor: Cursor, open: '(' | '['): Expression {
  if (open === '(' && cursor.takeSymbol(')')) return { kind: 'list', open, close: ')', items: [] };
  if (open === '[' && cursor.takeSymbol(']')) return { kind: 'list', open, close: ']', items: [] };
  const { items } = parseItems(cursor);
  let close: List['close'];
  if (cursor.takeSymbol(')')) close = ')';
  else if (cursor.takeSymbol(']')) close = ']';
  else if (cursor.takeSymbol('[')) close = ')';
  else return cursor.fail('a bracket is not closed');
  const list: List = { kind: 'list', open, close, items };
  const matching = (open === '(') === (close === ')');
  if (items.length > 1) return list;
  // Parentheses around one thing only group; (0) is 0 and [x+1] is x+1.
  return matching ? items[0]! : cursor.fail('brackets do not match');
}

/** `\{1, 2\}` or `\{x : x > 0\}`. */
function parseSet(cursor: Cursor): Expression {
  if (cursor.takeSymbol('\\}')) return { kind: 'namedSet', name: 'empty' };
  const start = cursor.mark;
  cursor.bars = 1;
  const { items, separators } = parseItems(cursor);
  if (items.length === 1 && separators.length === 0) {
    const isBuilder = cursor.takeCommand('mid') || cursor.takeSymbol('|') || cursor.takeSymbol(':');
    if (isBuilder) {
      const conditions = parseItems(cursor).items;
      cursor.expectSymbol('\\}');
      return { kind: 'builder', variable: items[0]!, conditions };
    }
  }
  if (items.length === 1 && items[0]!.kind === 'ratio') {
    // `x : x > 0` reads as a ratio first.
    cursor.rewind(start);
    const variable = parseSum(cursor);
    cursor.expectSymbol(':');
    const conditions = parseItems(cursor).items;
    cursor.expectSymbol('\\}');
    return { kind: 'builder', variable, conditions };
  }
  cursor.expectSymbol('\\}');
  return { kind: 'list', open: '{', close: '}', items };
}

/** `|x - 1|` and `\|v\|`. */
function parseBars(cursor: Cursor): Expression {
  const bar = cursor.next();
  const text = bar.kind === 'symbol' ? bar.text : '|';
  return cursor.nested(() => {
    cursor.bars = 1;
    const inner = unwrapped(parseRelation(cursor));
    cursor.expectSymbol(text);
    return { kind: 'call', name: 'abs', args: [inner] };
  });
}
