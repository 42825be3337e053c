/**
 * Units and words after a value: `17\text{ cm}^2`, `5 apples`, `40 km/h`, `7 million dollars`. They are read into one
 * text. `compare/units.ts` has the meaning of units, `compare/quantities.ts` the policy on which must agree. Words
 * that multiply (million) become part of the value.
 */
import { divide, whole, type Rational } from '../exact/rational.js';
import { isCurrencyCode, readUnits } from '../units.js';
import type { Expression } from '../expression.js';
import type { Cursor } from './cursor.js';
import type { Numeral } from './numerals.js';
import { CONDITION } from './vocabulary.js';

/** Words that make the text after a value a statement about it; `7 is wrong` is not 7. */
const STATEMENT =
  /\b(?:not|is|isn|no|wrong|incorrect|or|and|never|false|but|are|was|if|least|most|above|below|nicht|kein)\b|不|[0-9?]/i;
/** A temperature. */
const BELOW_ZERO = /\b(?:below|above) (?:zero|freezing)$/i;
/** Longest text after a value, in words. */
const WORDS_MAX = 6;

const CURRENCIES: ReadonlyMap<string, string> = new Map([
  ['$', '$'],
  ['euro', '€'],
  ['pounds', '£'],
  ['yen', '¥'],
]);

/** The sign of a currency command; a sign or code of its own is its own command. */
export function currencyOf(command: string): string | undefined {
  const isOwn = /^(?:[A-Z]{1,3}\$|Can\$|\p{Sc})$/u.test(command) || isCurrencyCode(command);
  return CURRENCIES.get(command) ?? (isOwn ? command : undefined);
}

/** The unit at the cursor, e.g. `cm^2`; undefined without one. Fails on a statement. */
export function parseUnit(cursor: Cursor, of: Expression): string | undefined {
  if (of.kind === 'text') return joinWords(cursor, of);
  let unit = '';
  for (;;) {
    const word = wordAt(cursor, 0, unit !== '');
    if (word !== undefined) {
      if (STATEMENT.test(word.replace(/\^\{?-?\d+\}?/g, '').replace(BELOW_ZERO, '')))
        cursor.fail('words after the value say something about it');
      unit += unit === '' || /[/·]$/.test(unit) ? word : ` ${word}`;
      cursor.next();
    } else if (unit !== '' && isPowerAt(cursor))
      unit += `^${(cursor.next() as { numeral: Numeral }).numeral.text}`;
    else if (unit !== '' && cursor.isSymbol('^')) {
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
  if (next?.kind === 'text') return CONDITION.test(next.text) ? undefined : next.text;
  if (next?.kind === 'command') return currencyOf(next.text);
  return behindUnit && next?.kind === 'letter' ? next.text : undefined;
}

/** The 2 of `cm2`. */
function isPowerAt(cursor: Cursor): boolean {
  const next = cursor.peek();
  return next?.kind === 'number' && !next.spaced && /^[23]$/.test(next.numeral.text);
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

/** Words that multiply: powers of ten, other counts, and fractions (`3 fifths`, `4 hundredths`). */
const SCALES: ReadonlyMap<string, Rational> = new Map(
  [
    'half 1/2; third 1/3; quarter 1/4; fourth 1/4; fifth 1/5; sixth 1/6; seventh 1/7; eighth 1/8; ninth 1/9',
    'tenth 1/10; eleventh 1/11; twelfth 1/12; sixteenth 1/16; twentieth 1/20; hundredth 1/100; thousandth 1/1000',
    'ten-thousandth 1/1e4; hundred-thousandth 1/1e5; millionth 1/1e6; billionth 1/1e9; permille 1/1e3; ‰ 1/1e3',
    'ppm 1/1e6; ppb 1/1e9',
    'dozen 12; score 20; gross 144; hundred 100; thousand 1e3; k 1e3; myriad 1e4; lakh 1e5; lac 1e5; million 1e6',
    'mn 1e6; mio 1e6; mil 1e6; crore 1e7; billion 1e9; bn 1e9; trillion 1e12; tn 1e12; quadrillion 1e15',
    '十 10; 百 100; 千 1e3; 万 1e4; 萬 1e4; 만 1e4; 亿 1e8; 億 1e8; 억 1e8; 兆 1e12',
  ]
    .join('; ')
    .split('; ')
    .map((entry) => {
      const [word, value] = entry.split(' ') as [string, string];
      const [n, d] = value.split('/') as [string, string?];
      return [word, { n: BigInt(Number(n)), d: BigInt(Number(d ?? '1')) }];
    }),
);

/** The scale that `words` start with, and what is left of them: `per mille`, `million dollars`, `万元`. */
function scaleOf(words: readonly string[]): { scale: Rational; rest: string } | undefined {
  const [first = '', second = ''] = words;
  if (/^per$/i.test(first) && /^mille?$/i.test(second))
    return { scale: { n: 1n, d: 1000n }, rest: words.slice(2).join(' ') };
  if (/^basis$/i.test(first) && /^points?$/i.test(second))
    return { scale: { n: 1n, d: 10_000n }, rest: words.slice(2).join(' ') };
  const lower = first.toLowerCase();
  const known =
    SCALES.get(first === 'k' ? first : lower) ?? SCALES.get(lower.replace(/ves$/, 'f').replace(/s$/, ''));
  if (known !== undefined) return { scale: known, rest: words.slice(1).join(' ') };
  const character = SCALES.get(first[0] ?? '');
  if (character === undefined || first.charCodeAt(0) < 0x2000) return undefined;
  return { scale: character, rest: [first.slice(1), ...words.slice(1)].join(' ').trim() };
}

const SIGNS: ReadonlyMap<string, 'percent' | 'degrees'> = new Map([
  ['percent', 'percent'],
  ['pct', 'percent'],
  ['degrees', 'degrees'],
  ['degree', 'degrees'],
  ['deg', 'degrees'],
]);

/** What has rows and columns: `3 \times 5 \text{ matrix}` is no product. */
const SHAPES = /^(?:matrix|matrices|grid|array|board|table|rectangle)s?$/i;

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
  const rest = words.slice(1).join(' ');
  if (of.kind === 'degrees' && /^below (?:zero|0|freezing)$/i.test(unit.trim()))
    return { kind: 'degrees', of: { kind: 'negate', of: of.of } };
  const sign = SIGNS.get(words[0]!.toLowerCase());
  if (sign !== undefined && of.kind !== 'quantity') {
    const temperature = sign === 'degrees' ? /^(c|f)(?:elsius|ahrenheit)?$/i.exec(rest)?.[1] : undefined;
    if (temperature !== undefined) return { kind: 'quantity', of, unit: `°${temperature.toUpperCase()}` };
    if (/^below (?:zero|0|freezing)$/i.test(rest)) return { kind: sign, of: { kind: 'negate', of } };
    return rest === '' ? { kind: sign, of } : withUnit({ kind: sign, of }, rest);
  }
  const scaled = scaleOf(words);
  if (scaled !== undefined) {
    const factor: Expression = { kind: 'number', value: scaled.scale };
    const inner = of.kind === 'quantity' ? of.of : of;
    const value: Expression = { kind: 'multiply', factors: [inner, factor] };
    const whole: Expression = of.kind === 'quantity' ? { ...of, of: value } : value;
    return scaled.rest === '' ? whole : withUnit(whole, scaled.rest);
  }
  if (of.kind === 'quantity') return { ...of, unit: `${of.unit} ${unit}` };
  if (of.kind === 'multiply' && of.factors.length === 2 && SHAPES.test(words[0]!))
    return { kind: 'quantity', of: { kind: 'apply', name: 'by', args: of.factors }, unit };
  return { kind: 'quantity', of, unit };
}

/** `2 hours 30 minutes` as one quantity: both of one dimension, the larger unit first; undefined for anything else. */
export function compound(larger: Expression, smaller: Expression): Expression | undefined {
  if (larger.kind !== 'quantity' || smaller.kind !== 'quantity') return undefined;
  const [a, b] = [readUnits(larger.unit), readUnits(smaller.unit)];
  if (a.unit === undefined || b.unit === undefined || a.words.length + b.words.length > 0) return undefined;
  const ratio = divide(b.unit.factor, a.unit.factor);
  if (a.unit.dimension !== b.unit.dimension || ratio === undefined || ratio.n >= ratio.d) return undefined;
  const rest: Expression = { kind: 'multiply', factors: [smaller.of, { kind: 'number', value: ratio }] };
  return { ...larger, of: { kind: 'add', terms: [larger.of, rest] } };
}
