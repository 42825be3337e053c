/**
 * `parse`: text of an answer to its tree. The one entry to this folder.
 *
 * Text that follows the grammar is mathematics; a short text of plain words is words; anything else is refused with a
 * reason. A number is never extracted from a formula that failed to parse.
 */
import type { Budget } from '../budget.js';
import { isDoubtful } from '../extract/doubts.js';
import { rational } from '../exact/rational.js';
import type { Expression, NumberLiteral } from '../expression.js';
import { Cursor, ParseFailure } from './cursor.js';
import { withoutFillers } from './fillers.js';
import { withNumbers } from './number-words.js';
import { areLabelled, isLabelled } from './labels.js';
import { subscriptsFirst } from './scripts.js';
import { parseItems, type Separator } from './structure.js';
import { tokenize, type Token } from './tokens.js';
import { resolveLetters } from './words.js';
import { phraseOf, wordsOf } from './prose.js';
import { compound } from './units.js';
import { contains } from '../walk.js';

export type Parsed =
  | { readonly ok: true; readonly value: Expression }
  | { readonly ok: false; readonly reason: string };

/** Reads `text`. Throws only BudgetSpent. */
export function parse(text: string, budget: Budget): Parsed {
  const tokens = tokenize(respelled(text));
  if (tokens === undefined) return { ok: false, reason: 'the answer is too long' };
  budget.spend(tokens.length * 4);
  const trimmed = withNumbers(withoutFillers(withoutLabel(withoutPunctuation(tokens))));
  if (trimmed.length === 0) return { ok: false, reason: 'the answer is empty' };
  const words = wordsOf(trimmed);
  if (words !== undefined) return { ok: true, value: { kind: 'text', words } };
  try {
    const cursor = new Cursor(subscriptsFirst(resolveLetters(trimmed)), budget);
    const { items, separators } = parseItems(cursor);
    if (!cursor.done) cursor.fail('expected the end');
    if (items.some((item) => contains(item, isLabelled)) && !areLabelled(items))
      cursor.fail('words before a value');
    return { ok: true, value: grouped(items, separators, text) };
  } catch (failure) {
    if (!(failure instanceof ParseFailure)) throw failure;
    const phrase = phraseOf(trimmed);
    if (phrase !== undefined) return { ok: true, value: { kind: 'text', words: phrase } };
    return { ok: false, reason: failure.message };
  }
}

/** Notations that are read as others. */
function respelled(text: string): string {
  const greater = ALL_BEYOND.exec(text);
  if (greater !== null)
    return `x${SIGNS.get(greater[1]!.toLowerCase())!} ${text.slice(greater[0].length).replace(/\$/g, '')}`;
  const except = ALL_EXCEPT.exec(text);
  if (except !== null) return `\\mathbb{R}\\setminus\\{${text.slice(except[0].length).replace(/\$/g, '')}\\}`;
  return turnedBrackets(text)
    .replace(FEET_AND_INCHES, '$1\\text{ ft }$2\\text{ in}')
    .replace(
      MINUTES,
      (_, degrees: string, minutes: string, seconds: string | undefined) =>
        `(${degrees}+\\frac{${minutes}}{60}+\\frac{${seconds ?? '0'}}{3600})^\\circ`,
    )
    .replace(MICRO, (_, symbol: string) => `\\text{ ${MICRO_UNITS.get(symbol)!}}`);
}

/** `]2, 5[` is `(2, 5)`. */
function turnedBrackets(text: string): string {
  if (!/^[^[(]*\]|\[[^\])]*$/.test(text) || text.length > 400) return text;
  return text.replace(
    /([\][])([^\][();]*[,;][^\][();]*)([\][])/g,
    (_, open: string, items: string, close: string) =>
      `${open === ']' ? '(' : '['}${items}${close === '[' ? ')' : ']'}`,
  );
}

/** `7\\ \\mu\\text{m}`, `7 μs`. */
const MICRO = new RegExp(
  String.raw`(?<=\d(?:\s|\\[ ,;:]|~|\\(?:text|mathrm)\s?\{\s*){0,3})(?:\\mu|μ|µ)\s*(?:\\(?:text|` +
    String.raw`mathrm)\s?\{\s*)?([mgsL])\s*\}?(?![\p{L}^])`,
  'gu',
);
const MICRO_UNITS: ReadonlyMap<string, string> = new Map([
  ['m', 'micrometers'],
  ['g', 'micrograms'],
  ['s', 'microseconds'],
  ['L', 'microliters'],
]);

/** `30^\\circ 15'`: degrees with minutes and seconds of arc. */
const MINUTES = new RegExp(
  String.raw`(\d{1,4})\s*(?:\^\s?\{?\\circ\}?|°)\s*(\d{1,2}(?:\.\d+)?)\s*(?:'(?!')|′|’|\^\{?\\prime\}?)(?:\s` +
    String.raw`*(\d{1,2}(?:\.\d+)?)\s*(?:''|"|″))?`,
  'g',
);
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['greater than', '>'],
  ['more than', '>'],
  ['less than', '<'],
  ['at least', '\\ge'],
  ['at most', '\\le'],
  ['greater than or equal to', '\\ge'],
  ['less than or equal to', '\\le'],
]);
const ALL_BEYOND = new RegExp(
  String.raw`^\s*(?:\\text\s?\{)?\s*all real(?:s| numbers| values)(?: (?:of )?\$?[a-z]\$?)?` +
    String.raw`(?: that are)? (greater than or equal to|` +
    String.raw`less than or equal to|greater than|more than|less than|at least|at most)\s*\}?\s*(?=[-$\d\\` +
    String.raw`])`,
  'i',
);
const ALL_EXCEPT = new RegExp(
  String.raw`^\s*(?:\\text\s?\{)?\s*all real(?:s| numbers| values)(?: (?:of )?\$?[a-z]\$?)? (?:except|` +
    String.raw`other than|but|excluding|apart from)(?: for)?\s*\}?\s*(?=[-$\d\\])`,
  'i',
);
/** `5'4"`. */
const FEET_AND_INCHES =
  /^\s*(\d{1,4})\s?(?:'|′|’|\^\{?\\prime\}?)\s?(\d{1,2}(?:\.\d+)?)\s?(?:''|"|″|’’|”)\s*$/;

/** Full stops, row breaks and stray ends of environments around an answer are typography. */
function withoutPunctuation(tokens: Token[]): Token[] {
  let from = 0;
  let to = tokens.length;
  while (to > from && isPunctuation(tokens[to - 1]!)) to--;
  while (
    from < to &&
    (isSymbol(tokens[from]!, ',') || isSymbol(tokens[from]!, ':') || isSymbol(tokens[from]!, '`'))
  )
    from++;
  return tokens.slice(from, to);
}

/** `Answer: 5`, `\text{Area: } 12`: a label names the value and is not part of it. */
function withoutLabel(tokens: Token[]): Token[] {
  const [label, colon] = tokens;
  // With more labels behind, each names its value.
  if (tokens.slice(1).some((token) => token.kind === 'text' && /\p{L}:$/u.test(token.text))) return tokens;
  if (label?.kind === 'text' && /^[\p{L}\s-]{2,24}:$/u.test(label.text) && !isDoubtful(label.text))
    return tokens.length > 1 ? tokens.slice(1) : tokens;
  const isWord = label?.kind === 'letters' && label.text.length >= 4;
  const isLabel =
    isWord && !isDoubtful(label.text) && colon !== undefined && isSymbol(colon, ':') && tokens.length > 2;
  return isLabel ? tokens.slice(2) : tokens;
}

function isPunctuation(token: Token): boolean {
  if (token.kind === 'symbol')
    return (
      token.text === '.' ||
      token.text === ',' ||
      token.text === ';' ||
      token.text === '`' ||
      token.text === '。'
    );
  return (
    token.kind === 'command' &&
    (token.text === '\\' || /^end (?:align|equation|gather|aligned)/.test(token.text))
  );
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text;
}

/**
 * One item is itself. Of several, `;` or `or` group what commas and `and` join, where that gives equal groups:
 * `p=5, q=2; p=7, q=2` is two pairs, `21, 16 or 11` three numbers.
 */
function grouped(items: Expression[], separators: Separator[], text: string): Expression {
  if (items.length === 1) return items[0]!;
  const word = separators.find((separator) => separator === 'or' || separator === 'and');
  const joined = word === 'or' || word === 'and' ? { joined: word } : {};
  const whole = items.length === 2 && word === 'and' ? compound(items[0]!, items[1]!) : undefined;
  if (whole !== undefined) return whole;
  const flat: Expression = { kind: 'list', open: '', close: '', items, ...joined, ...decimalComma(text) };
  const outer = separators.includes(';') ? ';' : separators.includes('or') ? 'or' : undefined;
  if (outer === undefined || separators.every((separator) => separator === outer)) return flat;
  const groups: Expression[][] = [[items[0]!]];
  separators.forEach((separator, i) => {
    if (separator === outer) groups.push([]);
    groups.at(-1)!.push(items[i + 1]!);
  });
  const size = groups[0]!.length;
  if (size < 2 || groups.some((group) => group.length !== size)) return flat;
  const lists = groups.map((group): Expression => ({ kind: 'list', open: '', close: '', items: group }));
  return { kind: 'list', open: '', close: '', items: lists };
}

/** `1,22` may be one number if the other side is one. */
function decimalComma(text: string): { decimalComma?: NumberLiteral } {
  const match = /^\s*\$?\s*(-?)(\d{1,15}),(\d{1,15})\s*\$?\s*\.?\s*$/.exec(text);
  if (match === null) return {};
  const decimals = match[3]!;
  const digits = match[2]! + decimals;
  const value = rational((match[1] === '-' ? -1n : 1n) * BigInt(digits), 10n ** BigInt(decimals.length));
  if (value === undefined) return {};
  const decimal = {
    significantDigits: digits.replace(/^0+/, '').length,
    unitInLastPlace: 10 ** -decimals.length,
  };
  return { decimalComma: { kind: 'number', value, decimal } };
}
