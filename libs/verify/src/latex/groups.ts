/**
 * Brackets: LaTeX groups, parentheses, lists, sets, intervals, set-builders, absolute values.
 */
import type { Expression, List } from '../expression.js';
import { parseSum, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { parseCycles } from './cycles.js';
import { parseEnvironment } from './environments.js';
import { parseItems, parseRelation } from './structure.js';
import type { Lexeme } from './lexemes.js';

/** `{ ... }`: a group of LaTeX. Its braces do not print, so several items in it are a list without brackets. */
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
    return items.length === 1 ? last : { kind: 'list', open: '', close: '', items };
  });
}

/** Any group that an opening symbol starts. */
export function parseBrackets(cursor: Cursor): Expression {
  if (cursor.isSymbol('{')) return parseGroup(cursor);
  if (cursor.isSymbol('|') || cursor.isSymbol('||')) return parseBars(cursor);
  const opening = cursor.peek();
  if (opening?.kind !== 'symbol') return cursor.fail('expected a bracket');
  switch (opening.text) {
    case '(':
    case '[': {
      const cycles = parseCycles(cursor);
      if (cycles !== undefined) return cycles;
      cursor.next();
      return cursor.nested(() => parseUntilClosed(cursor, opening.text as '(' | '['));
    }
    case ']':
      // ]a, b[ is an open interval in French notation.
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
  // \left\{ \begin{array} ... \end{array} \right. is a system of equations: its brace need not close.
  if (/^begin (?:array|aligned|cases|gathered|split)$/.test(nextText(cursor))) {
    const system = parseEnvironment(cursor);
    cursor.takeSymbol('\\}');
    return system;
  }
  if (cursor.takeSymbol('\\}')) return { kind: 'namedSet', name: 'empty' };
  if (!hasCondition(cursor)) {
    const { items } = parseItems(cursor);
    cursor.expectSymbol('\\}');
    return { kind: 'list', open: '{', close: '}', items };
  }
  // Neither a bar nor a colon continues the element: they end it.
  cursor.bars = 1;
  cursor.ratios = false;
  const variable = parseRelation(cursor);
  cursor.ratios = true;
  if (!isConditionMark(cursor.next())) cursor.fail('expected a condition');
  const { items } = parseItems(cursor);
  cursor.expectSymbol('\\}');
  return { kind: 'builder', variable, conditions: items };
}

function nextText(cursor: Cursor): string {
  const next = cursor.peek();
  return next?.kind === 'command' ? next.text : '';
}

/** Whether `:`, `|` or `\mid` occurs in the set at the cursor before any comma, outside inner brackets. */
function hasCondition(cursor: Cursor): boolean {
  let depth = 0;
  for (let ahead = 0; ahead <= ELEMENT_LEXEMES_MAX; ahead++) {
    const lexeme = cursor.peek(ahead);
    if (lexeme === undefined) return false;
    if (depth === 0 && isConditionMark(lexeme)) return ahead > 0;
    if (lexeme.kind !== 'symbol') continue;
    if (/^[([{]$/.test(lexeme.text)) depth++;
    else if (/^[)\]}]$/.test(lexeme.text)) depth--;
    else if (lexeme.text === '\\{' || lexeme.text === '\\}' || (depth === 0 && /^[,;]$/.test(lexeme.text)))
      return false;
  }
  return false;
}

/** Longest element of a set-builder, in lexemes. */
const ELEMENT_LEXEMES_MAX = 60;

function isConditionMark(lexeme: Lexeme): boolean {
  if (lexeme.kind === 'command') return lexeme.text === 'mid';
  return lexeme.kind === 'symbol' && (lexeme.text === ':' || lexeme.text === '|');
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
