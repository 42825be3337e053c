/**
 * The sets of numbers with what limits them: `\mathbb{R}^+`, `\mathbb{Z}_{\ge 0}`, `\mathbb{R}_{>0}`, `\mathbb{N}_0`,
 * `\mathbb{R}^*`. Other marks (`\mathbb{R}^2`) are left to the grammar of powers.
 */
import { whole } from '../exact/rational.js';
import type { Expression, List } from '../expression.js';
import type { Cursor } from './cursor.js';

type NamedSet = Expression & { kind: 'namedSet' };

/** After the command of the set. */
export function parseNamedSet(cursor: Cursor, name: NamedSet['name']): Expression {
  const set: NamedSet = { kind: 'namedSet', name };
  const mark = cursor.mark;
  const limit = limitAt(cursor);
  const limited = limit === undefined ? undefined : limitedTo(set, limit);
  if (limited === undefined) cursor.rewind(mark);
  return limited ?? set;
}

type Limit = '>' | '<' | '≥' | '≤' | '≠';

const LIMITS: Readonly<Record<string, Limit>> = {
  '+': '>',
  '-': '<',
  '*': '≠',
  '>0': '>',
  '<0': '<',
  ge0: '≥',
  le0: '≤',
  ne0: '≠',
};

/** `^+`, `_{>0}`, `^*`, `_0`: consumed; undefined for anything else. */
function limitAt(cursor: Cursor): Limit | 'zero' | undefined {
  if (!cursor.isSymbol('^') && !cursor.isSymbol('_')) return undefined;
  cursor.next();
  const grouped = cursor.takeSymbol('{');
  let spelled = '';
  for (let lexemes = 0; lexemes < 2; lexemes++) {
    const next = cursor.peek();
    if (next === undefined || (grouped && cursor.isSymbol('}'))) break;
    if (next.kind === 'number') spelled += next.numeral.text;
    else if (next.kind === 'symbol' || next.kind === 'command') spelled += next.text;
    else return undefined;
    cursor.next();
    if (!grouped) break;
  }
  if (grouped && !cursor.takeSymbol('}')) return undefined;
  return spelled === '0' ? 'zero' : LIMITS[spelled];
}

function limitedTo(set: NamedSet, limit: Limit | 'zero'): Expression | undefined {
  if (limit === 'zero')
    return set.name === 'N' ? within({ kind: 'namedSet', name: 'Z' }, rayFrom('≥')) : undefined;
  if (set.name === 'C' || set.name === 'empty') return limit === '≠' ? without(set) : undefined;
  if (limit === '≠') return without(set);
  if (set.name === 'Z' && limit === '>') return { kind: 'namedSet', name: 'N' };
  return set.name === 'R' ? rayFrom(limit) : within(set, rayFrom(limit));
}

const ZERO: Expression = { kind: 'number', value: whole(0) };
const INFINITY: Expression = { kind: 'constant', name: 'infinity' };

function rayFrom(limit: '>' | '<' | '≥' | '≤'): List {
  if (limit === '>' || limit === '≥')
    return { kind: 'list', open: limit === '>' ? '(' : '[', close: ')', items: [ZERO, INFINITY] };
  const items: readonly Expression[] = [{ kind: 'negate', of: INFINITY }, ZERO];
  return { kind: 'list', open: '(', close: limit === '<' ? ')' : ']', items };
}

function within(left: Expression, right: Expression): Expression {
  return { kind: 'setOperation', name: 'intersection', left, right };
}

function without(left: Expression): Expression {
  const right: List = { kind: 'list', open: '{', close: '}', items: [ZERO] };
  return { kind: 'setOperation', name: 'difference', left, right };
}
