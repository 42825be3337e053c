/**
 * The levels of the grammar above arithmetic: lists and their separators, relations, set operations, ratios, units
 * after a value.
 *
 *   items    := relation ((','|';'|'and'|'or'|'\\') relation)*
 *   relation := sets (('='|'<'|'\le'|'\in'|...) sets)*
 *   sets     := ratio (('\cup'|'\cap'|'\setminus') ratio)*
 *   ratio    := quantity (':' quantity)*
 *   quantity := sum [unit]
 */
import type { Expression, RelationOperator } from '../expression.js';
import { parseSum, startsFactor, unwrapped } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { directionOf, labelOf } from './labels.js';
import { compound, parseUnit, withUnit } from './units.js';
import { parseArgument } from './values.js';
import { CONDITION } from './vocabulary.js';

/** `∧`, `∨` and the arrows are the signs of logic; words between values only list them. */
export type Separator = ',' | ';' | 'and' | 'or' | '∧' | '∨' | '→' | '↔';

/** Items a list may have. */
const ITEMS_MAX = 200;

/** One or more items; separators are between them, and ignored before the end. */
export function parseItems(cursor: Cursor): { items: Expression[]; separators: Separator[] } {
  const items: Expression[] = [];
  const separators: Separator[] = [];
  for (let isCondition = false; ;) {
    items.push(isRangeInBrackets(cursor) ? parseBracketed(cursor) : parseRelation(cursor));
    if (isCondition && items.at(-1)!.kind !== 'relation') cursor.fail('a condition without a relation');
    if (isRangeInBrackets(cursor)) {
      separators.push(',');
      continue;
    }
    if (items.length > ITEMS_MAX) cursor.fail(`more than ${ITEMS_MAX} items`);
    isCondition = isConditionAt(cursor);
    const separator = takeSeparators(cursor);
    if (separator === undefined || cursor.done || endsItems(cursor)) return asFormula(items, separators);
    separators.push(separator);
  }
}

/** `(k \in \mathbb{Z})` behind a value is a condition, no factor. */
export function isRangeInBrackets(cursor: Cursor): boolean {
  return cursor.isSymbol('(') && cursor.peek(1)?.kind === 'letter' && cursor.isCommand('in', 2);
}

function parseBracketed(cursor: Cursor): Expression {
  cursor.next();
  const relation = cursor.nested(() => parseRelation(cursor));
  cursor.expectSymbol(')');
  return relation;
}

/** `where`, `for all`: the condition that follows is one more item. */
function isConditionAt(cursor: Cursor): boolean {
  const next = cursor.peek();
  return next?.kind === 'text' && CONDITION.test(next.text);
}

/** The signs of logic, by their commands. */
const LOGICAL: ReadonlyMap<string, Separator> = new Map([
  ['∧', '∧'],
  ['∨', '∨'],
  ['to', '→'],
  ['Rightarrow', '→'],
  ['implies', '→'],
  ['iff', '↔'],
  ['Leftrightarrow', '↔'],
]);

/** Takes all separators in a row; `or` and `;` weigh more than a comma beside them. */
function takeSeparators(cursor: Cursor): Separator | undefined {
  let found: Separator | undefined;
  for (;;) {
    const next = cursor.peek();
    let separator: Separator | undefined;
    if (next?.kind === 'conjunction') separator = next.text;
    else if (isConditionAt(cursor)) separator = ',';
    else if (next?.kind === 'command' && LOGICAL.has(next.text)) separator = LOGICAL.get(next.text);
    else if (next?.kind === 'symbol' && (next.text === ',' || next.text === ';' || next.text === '&')) {
      separator = next.text === ';' ? ';' : ',';
    } else if (next?.kind === 'command' && next.text === '\\') separator = ',';
    if (separator === undefined) return found;
    cursor.next();
    if (found === undefined || separator !== ',') found = separator;
  }
}

/**
 * Items that signs of logic join: relations are conditions, as with words; anything else is a formula of statements.
 * `∧` binds tighter than `∨`, and both tighter than the arrows.
 */
function asFormula(
  items: Expression[],
  separators: Separator[],
): { items: Expression[]; separators: Separator[] } {
  if (!separators.some(isLogical)) return { items, separators };
  if (items.every((item) => item.kind === 'relation') && !separators.some((sign) => ARROWS.has(sign))) {
    const words = separators.map((separator) =>
      separator === '∧' ? 'and' : separator === '∨' ? 'or' : separator,
    );
    return { items, separators: words };
  }
  const groups: { items: Expression[]; signs: Separator[] }[] = [{ items: [items[0]!], signs: [] }];
  const kept: Separator[] = [];
  separators.forEach((separator, i) => {
    if (isLogical(separator)) groups.at(-1)!.signs.push(separator);
    else {
      kept.push(separator);
      groups.push({ items: [], signs: [] });
    }
    groups.at(-1)!.items.push(items[i + 1]!);
  });
  return { items: groups.map((group) => formulaOf(group.items, group.signs)), separators: kept };
}

const ARROWS: ReadonlySet<string> = new Set(['→', '↔']);

/** The formula of `items` with a sign between each two: split at the sign that binds least, arrows from the left. */
function formulaOf(items: readonly Expression[], signs: readonly Separator[]): Expression {
  for (const sign of ['↔', '→', '∨', '∧'] as const) {
    const at = signs.indexOf(sign);
    if (at < 0) continue;
    const args = [
      formulaOf(items.slice(0, at + 1), signs.slice(0, at)),
      formulaOf(items.slice(at + 1), signs.slice(at + 1)),
    ];
    return { kind: 'apply', name: sign, args: args.map(unwrapped) };
  }
  return items[0]!;
}

function isLogical(separator: Separator): boolean {
  return separator === '∧' || separator === '∨' || ARROWS.has(separator);
}

function endsItems(cursor: Cursor): boolean {
  const next = cursor.peek();
  if (next?.kind === 'command') return next.text.startsWith('end ');
  return (
    next?.kind === 'symbol' &&
    (next.text === ')' || next.text === ']' || next.text === '}' || next.text === '\\}')
  );
}

const OPERATORS: ReadonlyMap<string, RelationOperator> = new Map([
  ['=', '='],
  ['<', '<'],
  ['>', '>'],
  ['le', '≤'],
  ['ge', '≥'],
  ['ne', '≠'],
  ['approx', '≈'],
  ['sim', '≈'],
  ['in', '∈'],
  ['notin', '∉'],
  ['subset', '⊂'],
  ['subseteq', '⊂'],
  ['supset', '⊃'],
  ['supseteq', '⊃'],
  ['nsubset', '⊄'],
  ['nsupset', '⊅'],
  ['equiv', '≡'],
  ['cong', '≡'],
]);

const NEGATED: Partial<Record<RelationOperator, RelationOperator>> = {
  '=': '≠',
  '≠': '=',
  '<': '≥',
  '≥': '<',
  '>': '≤',
  '≤': '>',
  '∈': '∉',
  '∉': '∈',
  '⊂': '⊄',
  '⊃': '⊅',
};

export function parseRelation(cursor: Cursor): Expression {
  return parseNamed(cursor) ?? parseUnnamed(cursor);
}

/** A value with words in front; undefined, and nothing consumed, for anything else. */
function parseNamed(cursor: Cursor): Expression | undefined {
  const words = cursor.peek();
  if (words?.kind !== 'text') return undefined;
  const mark = cursor.mark;
  cursor.next();
  cursor.takeSymbol(':');
  const direction = directionOf(words.text);
  const label = labelOf(words.text);
  const startsHere = startsFactor(cursor) || cursor.isSymbol('-') || cursor.isCommand('$');
  if (!startsHere || (direction === undefined && label === undefined)) {
    cursor.rewind(mark);
    return undefined;
  }
  const value = parseSets(cursor);
  if (direction !== undefined) return withUnit(value, direction);
  return { kind: 'relation', sides: [label!, value], operators: ['='], labelled: true };
}

function parseUnnamed(cursor: Cursor): Expression {
  const isNegated = cursor.takeCommand('neg');
  const sides: Expression[] = [];
  const operators: RelationOperator[] = [];
  const leading = takeOperator(cursor);
  // `= 5` and `\approx 5` continue words that were cut off.
  if (leading !== undefined && leading !== '=' && leading !== '≈')
    cursor.fail('a relation lacks its left side');
  for (;;) {
    sides.push(operators.at(-1) === '∈' ? asNamedSet(parseSets(cursor)) : parseSets(cursor));
    const operator = takeOperator(cursor);
    if (operator === undefined) break;
    operators.push(operator);
  }
  if (cursor.isCommand('pmod')) sides.push(parseModulus(cursor));
  if (sides.length === 1 && !isNegated) return leading === '≈' ? approximate(sides[0]!) : sides[0]!;
  if (sides.length === 1) return { kind: 'apply', name: '¬', args: [unwrapped(sides[0]!)] };
  if (!isNegated) return { kind: 'relation', sides, operators };
  const flipped = operators.length === 1 ? NEGATED[operators[0]!] : undefined;
  if (flipped === undefined) return cursor.fail('a negation of more than one relation');
  return { kind: 'relation', sides, operators: [flipped] };
}

/** `\approx 7` is 7 with a word beside it; the policy says what the word counts. */
function approximate(value: Expression): Expression {
  if (value.kind === 'quantity') return { ...value, unit: `${value.unit} approximately` };
  return { kind: 'quantity', of: value, unit: 'approximately' };
}

/** `k \in Z`: after "in" the letters of the number sets need no blackboard bold. */
function asNamedSet(set: Expression): Expression {
  const isSet = set.kind === 'symbol' && /^[RZNQ]$/.test(set.name);
  return isSet ? { kind: 'namedSet', name: set.name as 'R' } : set;
}

/** `\pmod{5}`: the modulus is one side more than the operators ask for. */
function parseModulus(cursor: Cursor): Expression {
  cursor.next();
  return parseArgument(cursor);
}

function takeOperator(cursor: Cursor): RelationOperator | undefined {
  const next = cursor.peek();
  if (next?.kind !== 'symbol' && next?.kind !== 'command') return undefined;
  if (next.text === 'not') {
    cursor.next();
    const operator = takeOperator(cursor);
    const flipped = operator === undefined ? undefined : NEGATED[operator];
    return flipped ?? cursor.fail('\\not before what is no relation');
  }
  const operator = OPERATORS.get(next.text);
  if (operator === undefined) return undefined;
  cursor.next();
  return operator;
}

function parseSets(cursor: Cursor): Expression {
  let left = parseRatio(cursor);
  for (;;) {
    const name = cursor.takeCommand('cup')
      ? 'union'
      : cursor.takeCommand('cap')
        ? 'intersection'
        : cursor.takeCommand('setminus')
          ? 'difference'
          : undefined;
    if (name === undefined) return left;
    left = { kind: 'setOperation', name, left, right: parseRatio(cursor) };
  }
}

function parseRatio(cursor: Cursor): Expression {
  const first = parseQuantity(cursor);
  if (!cursor.ratios || !cursor.isSymbol(':')) return first;
  const parts = [unwrapped(first)];
  let clock = false;
  while (cursor.takeSymbol(':')) {
    const digits = cursor.peek();
    clock ||= digits?.kind === 'number' && /^0\d$/.test(digits.numeral.text);
    parts.push(unwrapped(parseQuantity(cursor)));
    if (parts.length > ITEMS_MAX) cursor.fail(`more than ${ITEMS_MAX} parts of a ratio`);
  }
  const last = parts.at(-1)!;
  clock ||= last.kind === 'quantity' && /^[ap]\.?\s?m\b/i.test(last.unit);
  return { kind: clock ? 'clock' : 'ratio', parts };
}

function parseQuantity(cursor: Cursor): Expression {
  const of = parseSum(cursor);
  const unit = parseUnit(cursor, of);
  if (unit === undefined) return of;
  const quantity = withUnit(of, unit);
  if (cursor.peek()?.kind !== 'number') return quantity;
  return compound(quantity, parseQuantity(cursor)) ?? cursor.fail('a number behind a unit');
}
