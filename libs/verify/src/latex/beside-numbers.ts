/**
 * Words whose meaning comes from the numbers around them: units (`5 ft`, `2h30m`), nouns of three letters (`5 men`),
 * signs (`negative 4`) and operations (`8 to 3`, `4 R 2`, `3 by 4`). Without this they would be products of letters, in
 * which numbers can change places.
 */
import { isCurrencyCode, isUnit, readUnits, type Unit } from '../units.js';
import type { Token } from './tokens.js';
import { CONJUNCTIONS, FUNCTIONS } from './vocabulary.js';
import type { Lexeme } from './lexemes.js';

/** What some tokens mean together. */
export interface Found {
  readonly lexeme: Lexeme;
  readonly tokens: number;
}

/** Units of two or three letters that may stand right behind a number; longer runs of letters are words anyway. */
const SHORT_UNITS = new Set(
  (
    'cm mm km dm nm kg mg ml cl ft yd mi lb lbs oz hr hrs mph kph rad sq cu pt qt gal usd eur aud cad rs min ' +
    'sec day cup am pm Hz kHz MHz GHz kW MW kJ kV Pa kPa kWh eV mL kB MB GB TB'
  ).split(' '),
);
/** Letters that are variables beside each other. */
const VARIABLES = /^(?:[xyz]+|[abc]+|[pqr]+|[uvw]+|[mnk]+|[rst]+|[dxyt]+)$/;
/** The meaning of the tokens from `at` on, if it comes from a number beside them. */
export function besideNumber(tokens: readonly Token[], at: number): Found | undefined {
  const token = tokens[at]!;
  if (token.kind !== 'letters' && token.kind !== 'text') return undefined;
  const operator = operatorAt(tokens, at);
  if (operator !== undefined) return operator;
  if (/^(?:negative|minus)$/i.test(token.text) && startsValue(tokens[at + 1]))
    return { lexeme: { kind: 'symbol', text: '-', spaced: token.spaced }, tokens: 1 };
  if (/^(?:about|approximately|approx|roughly|around)$/i.test(token.text) && startsValue(tokens[at + 1]))
    return { lexeme: { kind: 'command', text: 'approx', spaced: token.spaced }, tokens: 1 };
  const code = currencyCodeAt(tokens, at);
  if (code !== undefined) return code;
  if (token.kind === 'text') return undefined;
  const speed = speedUnitAt(tokens, at);
  if (speed !== undefined) return { lexeme: { kind: 'text', text: speed, spaced: true }, tokens: 3 };
  const unit = unitAt(tokens, at, token);
  return unit === undefined ? undefined : { lexeme: { kind: 'text', text: unit, spaced: true }, tokens: 1 };
}

/** `EUR 90`, `\text{Rs. }90`: what a sign of money is, in letters. */
function currencyCodeAt(tokens: readonly Token[], at: number): Found | undefined {
  const { text, spaced } = tokens[at] as Token & { kind: 'letters' | 'text' };
  const point = tokens[at + 1];
  const length = point?.kind === 'symbol' && point.text === '.' ? 2 : 1;
  if (tokens[at + length]?.kind !== 'number' || tokens[at - 1]?.kind === 'number') return undefined;
  const code = text.replace(/\.$/, '');
  return isCurrencyCode(code)
    ? { lexeme: { kind: 'command', text: code, spaced }, tokens: length }
    : undefined;
}

function startsValue(token: Token | undefined): boolean {
  if (token?.kind === 'symbol') return token.text === '(' || token.text === '{';
  if (token?.kind === 'letters') return token.text.length < 3 || /^(?:inf|sqrt|pi$)/.test(token.text);
  return token?.kind === 'number' || token?.kind === 'command';
}

/** Operations in words between two numbers. */
const OPERATIONS: ReadonlyMap<string, { readonly kind: 'symbol' | 'command'; readonly text: string }> =
  new Map([
    ['x', { kind: 'command', text: 'cdot' }],
    ['times', { kind: 'command', text: 'cdot' }],
    ['multiplied by', { kind: 'command', text: 'cdot' }],
    ['over', { kind: 'symbol', text: '/' }],
    ['divided by', { kind: 'symbol', text: '/' }],
    ['plus', { kind: 'symbol', text: '+' }],
    ['minus', { kind: 'symbol', text: '-' }],
    ['to', { kind: 'symbol', text: ':' }],
    ['out of', { kind: 'symbol', text: ':' }],
    ['in', { kind: 'symbol', text: ':' }],
    ['by', { kind: 'command', text: 'by' }],
    ['r', { kind: 'command', text: 'remainder' }],
    ['rem', { kind: 'command', text: 'remainder' }],
    ['remainder', { kind: 'command', text: 'remainder' }],
    ['with remainder', { kind: 'command', text: 'remainder' }],
    ['with a remainder of', { kind: 'command', text: 'remainder' }],
  ]);
/** Tokens of the longest operation. */
const OPERATION_TOKENS_MAX = 4;

function operatorAt(tokens: readonly Token[], at: number): Found | undefined {
  if (tokens[at - 1]?.kind !== 'number' || isUnderLine(tokens, at - 2)) return undefined;
  const words: string[] = [];
  for (let to = at; to < at + OPERATION_TOKENS_MAX; to++) {
    const token = tokens[to];
    if (token?.kind !== 'letters' && token?.kind !== 'text') break;
    words.push(token.text.toLowerCase());
    const next = tokens[to + 1];
    if (next?.kind !== 'number') continue;
    const found = OPERATIONS.get(words.join(' '));
    // `3x5` may be a product of a letter, `3 x 5` is not.
    const isLetter = words[0] === 'x' && tokens[at]!.spaced !== next.spaced;
    if (found === undefined || isLetter) return undefined;
    return { lexeme: { ...found, spaced: tokens[at]!.spaced }, tokens: words.length };
  }
  return undefined;
}

/** Whether the brace at `at` opens a numeral written by its digits: the x of `\\overline{3x7}` is one. */
function isUnderLine(tokens: readonly Token[], at: number): boolean {
  const [line, brace] = [tokens[at - 1], tokens[at]];
  return (
    brace?.kind === 'symbol' && brace.text === '{' && line?.kind === 'command' && line.text === 'overline'
  );
}

/**
 * `2h30m`, `5 ft 6 in`, `2 lb 5 oz`: letters behind each number, all of one dimension, the larger unit first. By the
 * index of the token.
 */
export function compoundUnits(tokens: readonly Token[]): ReadonlyMap<number, Found> {
  const none: ReadonlyMap<number, Found> = new Map();
  if (tokens.length < 4 || tokens.length > 8) return none;
  const found = new Map<number, Found>();
  let larger: Unit | undefined;
  for (let at = 0; at < tokens.length; at += 2) {
    const [number, letters] = [tokens[at], tokens[at + 1]];
    if (number?.kind !== 'number' || (letters?.kind !== 'letters' && letters?.kind !== 'text')) return none;
    // Behind hours an m is a minute.
    const text = larger?.dimension.startsWith('time') === true && letters.text === 'm' ? 'min' : letters.text;
    const { unit, words } = readUnits(text);
    if (unit === undefined || words.length > 0) return none;
    if (larger !== undefined && !isLess(unit, larger)) return none;
    larger = unit;
    found.set(at + 1, { lexeme: { kind: 'text', text, spaced: true }, tokens: 1 });
  }
  return found;
}

function isLess(a: Unit, b: Unit): boolean {
  return a.dimension === b.dimension && a.factor.n * b.factor.d < b.factor.n * a.factor.d;
}

/** A run of letters that is a unit or a noun because of the number or unit before it. */
function unitAt(
  tokens: readonly Token[],
  at: number,
  token: Token & { kind: 'letters' },
): string | undefined {
  const { text } = token;
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  const isBehindNumber = before?.kind === 'number';
  // The m of `5 m2`.
  const isRaised =
    next?.kind === 'number' && !next.spaced && /^[23]$/.test(next.numeral.text) && at + 2 === tokens.length;
  if (isBehindNumber && isRaised && isUnit(text)) return text;
  if (text.length < 2 || text.length > 3) return undefined;
  if (!isBehindNumber && !isUnitBefore(tokens, at - 1)) return undefined;
  if (SHORT_UNITS.has(text) || SHORT_UNITS.has(text.toLowerCase())) return text;
  if (!token.spaced || FUNCTIONS.has(text) || /^(?:pct|deg)$/.test(text)) return undefined;
  if (text === 'in') return next?.kind === 'number' ? undefined : text;
  if (isUnit(text)) return text;
  const isNoun = /^[a-z]{3}$/.test(text) && !VARIABLES.test(text) && !CONJUNCTIONS.has(text);
  return isNoun ? text : undefined;
}

/** `sq` of `5 sq ft`: a unit after a number. */
function isUnitBefore(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (token?.kind === 'text') return true;
  return (
    token?.kind === 'letters' &&
    token.text.length > 1 &&
    (isUnit(token.text) || /^(?:sq|cu|cubic|square)$/.test(token.text)) &&
    tokens[at - 1]?.kind === 'number'
  );
}

/** `m/s` or `km/h` after a number and a space; otherwise it is a quotient of symbols. */
function speedUnitAt(tokens: readonly Token[], at: number): string | undefined {
  const [number, length, slash, time] = [tokens[at - 1], tokens[at], tokens[at + 1], tokens[at + 2]];
  if (number?.kind !== 'number' || length?.kind !== 'letters' || !length.spaced) return undefined;
  if (slash?.kind !== 'symbol' || slash.text !== '/' || time?.kind !== 'letters') return undefined;
  return /^(?:m|km|cm|ft|mi)$/.test(length.text) && /^(?:s|h|hr|min)$/.test(time.text)
    ? `${length.text}/${time.text}`
    : undefined;
}
