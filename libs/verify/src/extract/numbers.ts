/**
 * The last number of a text: the rule of last resort. It takes what the number belongs to: an expression of numbers
 * (`4 4/9`, `\frac{2}{5}`), a list (`1 and 2`), a bracket (`(3, 4)`), a formula (`x^2 + 1`). So no number is harvested out
 * of something else, a word, a label or what is denied.
 */
import { closingBrace } from './boxes.js';
import { isRuledOut } from './negation.js';

/** The end of the text that is searched. */
const TAIL = 2000;
const NUMERAL = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+`;
const NUMBER = new RegExp(
  String.raw`(?<![\p{Script=Latin}\d_^])[-+]?(?:\$ ?)?(?:${NUMERAL})(?:e[-+]?\d{1,3})?(?: \d+/\d+|/\d+)?(?: ?(?:%|\\%|percent|percentage|pct)(?!\p{L}))?`,
  'gu',
);

interface Span {
  readonly start: number;
  readonly end: number;
}

export function lastNumberIn(text: string): string | undefined {
  const tail = text.slice(-TAIL);
  const fraction = lastFraction(tail);
  const spans: Span[] = [];
  for (const match of tail.matchAll(NUMBER)) {
    const [start, end] = [match.index, match.index + match[0].length];
    const isInside = fraction !== undefined && start >= fraction.start && start < fraction.end;
    if (!isInside && !/[\d_^]/.test(tail[end] ?? '') && !isRuledOut(tail, start)) spans.push({ start, end });
  }
  const last = spans.at(-1);
  if (fraction !== undefined && (last === undefined || last.start < fraction.start)) {
    return tail.slice(fraction.start, fraction.end);
  }
  if (last === undefined) return undefined;
  const { start, end } = bracketAround(tail, last) ?? formulaAround(tail, last) ?? listBefore(tail, spans);
  return tail.slice(start, end).trim();
}

/** The last `\frac{...}{...}` with its sign. */
function lastFraction(text: string): Span | undefined {
  const start = Math.max(text.lastIndexOf('\\frac{'), text.lastIndexOf('\\dfrac{'));
  if (start < 0) return undefined;
  const over = closingBrace(text, text.indexOf('{', start));
  if (over < 0 || text[over + 1] !== '{') return undefined;
  const under = closingBrace(text, over + 1);
  if (under < 0) return undefined;
  return { start: text[start - 1] === '-' ? start - 1 : start, end: under + 1 };
}

/** Characters before a number in which its bracket, and words in which its formula, are looked for. */
const BRACKET_WINDOW = 80;
const FORMULA_WORDS = 12;

/** `(3, 4)` for its last number. */
function bracketAround(text: string, number: Span): Span | undefined {
  const closing = /^\s*[)\]]/.exec(text.slice(number.end, number.end + 4));
  if (closing === null) return undefined;
  const from = Math.max(0, number.start - BRACKET_WINDOW);
  const before = text.slice(from, number.start);
  const open = Math.max(before.lastIndexOf('('), before.lastIndexOf('['));
  if (open < 0 || !/^[^()[\]]*,[^()[\]]*$/.test(before.slice(open + 1))) return undefined;
  return { start: from + open, end: number.end + closing[0].length };
}

/** `x^2 + 1` for its 1 and `3x` for its 3: the run of words made of digits, operators and single letters. */
function formulaAround(text: string, number: Span): Span | undefined {
  const variable = /^[a-z](?!\p{L})(?:\^\d+)?/u.exec(text.slice(number.end, number.end + 6));
  const isVariable = variable !== null && !/^[mgslh]/.test(variable[0]);
  const continues = /[\p{L}\d)\]}!]\s?[-+*/^×·]\s?$/u.test(
    text.slice(Math.max(0, number.start - 5), number.start),
  );
  const isSigned = /[-+]/.test(text[number.start]!) && /[\p{L}\d)\]}]\s?$/u.test(text.slice(0, number.start));
  if (!isVariable && !continues && !isSigned) return undefined;
  let start = number.start;
  for (let words = 0; words < FORMULA_WORDS; words++) {
    const word = /(\S+)\s*$/u.exec(text.slice(Math.max(0, start - 40), start))?.[0];
    if (
      word === undefined ||
      !/^\s*(?:[-+*/^×·=]|[a-zA-Z]|[^\p{L}]*\d[^\s]*|[a-zA-Z]?[-+*/^()\d.a-zA-Z]*[-+*/^]\S*)\s*$/u.test(word)
    )
      break;
    start -= word.length;
  }
  return { start, end: number.end + (isVariable ? variable[0].length : 0) };
}

/** `1 and 2` for its last number. */
function listBefore(text: string, spans: readonly Span[]): Span {
  let from = spans.length - 1;
  for (; from > 0; from--) {
    const between = text.slice(spans[from - 1]!.end, spans[from]!.start);
    const joins = /^,?\s*(?:and|or)\s*$/.test(between) || (from < spans.length - 1 && /^,\s*$/.test(between));
    if (!joins) break;
  }
  return { start: spans[from]!.start, end: spans.at(-1)!.end };
}
