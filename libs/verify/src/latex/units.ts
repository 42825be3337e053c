/**
 * Units and words after a value: `17\text{ cm}^2`, `5 apples`, `40 km/h`, `7 million dollars`. They are read into one
 * text. `compare/units.ts` has the meaning of units, `compare/quantities.ts` the policy on which must agree. Words
 * that multiply (million) become part of the value.
 */
import { power, whole } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import type { Cursor } from './cursor.js';

/** Words that make the text after a value a statement about it; `7 is wrong` is not 7. */
const STATEMENT =
  /\b(?:not|is|isn|no|wrong|incorrect|or|and|never|false|but|are|was|if|least|most|above|below|nicht|kein)\b|不|[0-9]/i;
/** Longest text after a value, in words. */
const WORDS_MAX = 6;

const CURRENCIES: ReadonlyMap<string, string> = new Map([
  ['$', '$'],
  ['euro', '€'],
  ['pounds', '£'],
  ['yen', '¥'],
]);

/** The sign of a currency command. */
export function currencyOf(command: string): string | undefined {
  return CURRENCIES.get(command);
}

/** The unit at the cursor, e.g. `cm^2`; undefined without one. Fails on a statement. */
export function parseUnit(cursor: Cursor, of: Expression): string | undefined {
  if (of.kind === 'text') return joinWords(cursor, of);
  let unit = '';
  for (;;) {
    const word = wordAt(cursor, 0, unit !== '');
    if (word !== undefined) {
      if (STATEMENT.test(word.replace(/\^\{?-?\d+\}?/g, '')))
        cursor.fail('words after the value say something about it');
      unit += unit === '' || /[/·]$/.test(unit) ? word : ` ${word}`;
      cursor.next();
    } else if (unit !== '' && cursor.isSymbol('^')) {
      cursor.next();
      unit += `^${takeExponent(cursor)}`;
    } else if (cursor.isSymbol('/') && wordAt(cursor, 1, unit !== '') !== undefined) {
      cursor.next();
      unit += '/';
    } else if (unit !== '' && cursor.isCommand('cdot') && wordAt(cursor, 1, true) !== undefined) {
      cursor.next();
      unit += '·';
    } else if (unit !== '' && cursor.isSymbol('.')) cursor.next();
    else break;
  }
  if (unit.split(/\s+/).length > WORDS_MAX) cursor.fail('too many words after the value');
  return unit === '' ? undefined : unit;
}

/** A word of a unit: text, the sign of a currency, and after another unit also a letter (`kg m`). */
function wordAt(cursor: Cursor, ahead: number, behindUnit: boolean): string | undefined {
  const next = cursor.peek(ahead);
  if (next?.kind === 'text') return next.text;
  if (next?.kind === 'command') return currencyOf(next.text);
  return behindUnit && next?.kind === 'letter' ? next.text : undefined;
}

function takeExponent(cursor: Cursor): string {
  const grouped = cursor.takeSymbol('{');
  const sign = cursor.takeSymbol('-') ? '-' : '';
  const digits = cursor.next();
  if (digits.kind !== 'number') return cursor.fail('expected the power of a unit');
  if (grouped) cursor.expectSymbol('}');
  return sign + digits.numeral.text;
}

/** Text after text is more text, not a unit: it fails here, and the whole answer is read as words. */
function joinWords(cursor: Cursor, of: Expression): undefined {
  if (of.kind === 'text' && cursor.peek()?.kind === 'text') cursor.fail('words');
  return undefined;
}

const SCALES: ReadonlyMap<string, bigint> = new Map([
  ['dozen', 0n],
  ['hundred', 2n],
  ['thousand', 3n],
  ['million', 6n],
  ['billion', 9n],
  ['trillion', 12n],
]);

/** The value with its unit; `million` multiplies it, and `\$5` with `/hour` is one quantity. */
export function withUnit(of: Expression, unit: string): Expression {
  const words = unit.trim().split(/\s+/);
  const exponent = of.kind === 'number' ? ['squared', 'cubed'].indexOf(words[0]!.toLowerCase()) : -1;
  if (exponent >= 0) {
    const raised: Expression = {
      kind: 'power',
      base: of,
      exponent: { kind: 'number', value: whole(exponent + 2) },
    };
    return words.length === 1 ? raised : withUnit(raised, words.slice(1).join(' '));
  }
  const scale = SCALES.get(words[0]!.toLowerCase().replace(/s$/, ''));
  if (scale !== undefined) {
    const times = scale === 0n ? whole(12) : power(whole(10), scale)!;
    const factor: Expression = { kind: 'number', value: times };
    const inner = of.kind === 'quantity' ? of.of : of;
    const value: Expression = { kind: 'multiply', factors: [inner, factor] };
    const rest = words.slice(1).join(' ');
    const scaled: Expression = of.kind === 'quantity' ? { ...of, of: value } : value;
    return rest === '' ? scaled : withUnit(scaled, rest);
  }
  if (of.kind === 'quantity') return { ...of, unit: `${of.unit} ${unit}` };
  return { kind: 'quantity', of, unit };
}
