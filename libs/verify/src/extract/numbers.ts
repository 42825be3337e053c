/**
 * Numbers in a text, each with the expression that it is part of: an expression of numbers (`4 4/9`, `\frac{2}{5}`),
 * a list (`1 and 2`), a bracket (`(3, 4)`), a formula (`x^2 + 1`). So no number is extracted from a part of something
 * else, a word or a label.
 */
import { spelledNumber } from '../latex/number-words.js';
import { readUnits } from '../units.js';
import { closingBrace } from './boxes.js';
import { anyOf } from './pattern.js';
import type { Span } from './spans.js';

const NUMERAL = String.raw`\d{1,3}(?::\d{1,3}){1,3}|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+`;
/** Words that multiply a number before them. */
const SCALE = anyOf(`
  hundred|thousand|million|billion|trillion|dozen|lakh|crore|halves|thirds|quarters|fourths|fifths|sixths
  sevenths|eighths|ninths|tenths|elevenths|twelfths|thirteenths|fifteenths|sixteenths|twentieths|hundredths
  thousandths
`);
/** "negative 7", but not the minus of "10 minus 7" and "x minus 7". */
const SIGN_IN_WORDS = String.raw`(?:(?<![\d)}$]\s|(?<!\p{L})\p{L}\s)(?:negative|minus)\s)?`;
const NUMBER = new RegExp(
  String.raw`(?<![\p{Script=Latin}\d_^])${SIGN_IN_WORDS}[-+−]?(?:\$ ?)?(?:${NUMERAL})(?:e[-+]?\d{1,3})?` +
    String.raw`(?: \d+/\d+|/\d+)?(?: ?(?:%|\\%|percent|percentage|pct|${SCALE})(?!\p{L}))?` +
    String.raw`(?: (?:out of|to) (?:${NUMERAL})(?!\p{L}|[.,]?\d))?` +
    String.raw`(?!(?:st|nd|rd|th)(?!\p{L}))`,
  'gu',
);
/** Numbers that are looked at, the last ones. */
const NUMBERS_MAX = 60;

/** The numbers in `text` outside the spans of `taken`, in order. Overlapping ones are one. */
export function numbersIn(text: string, taken: readonly Span[]): Span[] {
  const fractions = [...fractionsIn(text), ...assignmentsIn(text), ...measuresIn(text)];
  const isIn = (at: number, spans: readonly Span[]): boolean =>
    spans.some((span) => at >= span.start && at < span.end);
  const plain: Span[] = [];
  for (const match of text.matchAll(NUMBER)) {
    const [start, end] = [match.index, match.index + match[0].length];
    if (!isIn(start, fractions) && !isIn(start, taken) && !/[\d_^]/.test(text[end] ?? ''))
      plain.push({ start, end });
  }
  const found: Span[] = fractions.filter(({ start }) => !isIn(start, taken));
  for (let i = Math.max(0, plain.length - NUMBERS_MAX); i < plain.length; i++) {
    const span = plain[i]!;
    found.push(bracketAround(text, span) ?? formulaAround(text, span) ?? listBefore(text, plain, i));
  }
  if (found.length === 0 && taken.length === 0) found.push(...spelledIn(text));
  found.sort((a, b) => a.end - b.end || a.start - b.start);
  // An earlier match inside a later one is part of it.
  return found.filter((span, i) => !found.slice(i + 1).some((later) => later.start <= span.start));
}

/** Every `\frac{...}{...}` with its sign. */
function fractionsIn(text: string): Span[] {
  const spans: Span[] = [];
  const opening = /-?\\d?frac(?=\{)/g;
  for (
    let match = opening.exec(text);
    match !== null && spans.length < NUMBERS_MAX;
    match = opening.exec(text)
  ) {
    const over = closingBrace(text, opening.lastIndex);
    if (over < 0) break;
    const under = text[over + 1] === '{' ? closingBrace(text, over + 1) : -1;
    if (under < 0) continue;
    spans.push({ start: match.index, end: under + 1 });
    opening.lastIndex = under + 1;
  }
  return spans;
}

const MEASURE = String.raw`\d+(?:\.\d+)? ?(${anyOf(`
  ft|feet|foot|inch(?:es)?|in|yards?|yd|miles?|km|cm|mm|m|hours?|hrs?|h|minutes?|mins?|seconds?|secs?|s
  pounds?|lbs?|ounces?|oz|kg|g|weeks?|days?|years?|yrs?|months?|gallons?|quarts?|pints?|cups?|dollars?|cents?
`)})\.?`;
const MEASURES = new RegExp(
  String.raw`(?<![\p{L}\d.,/])${MEASURE}(?:,? ?(?:and )?${MEASURE}){1,3}(?![\p{L}\d])`,
  'gu',
);

/** Every `5 ft 10 in`: units of one kind, the larger one first. */
function measuresIn(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(MEASURES)) {
    const units = match.slice(1, 3).map((unit) => readUnits(unit).unit);
    if (units[0] === undefined || units[0].dimension !== units[1]?.dimension) continue;
    spans.push({ start: match.index, end: match.index + match[0].length });
  }
  return spans.slice(-NUMBERS_MAX);
}

const SPELLED = new RegExp(
  String.raw`(?<!\p{L})(?:(?:negative|minus) )?((?:two|three|four|five|six|seven|eight|nine|` +
    String.raw`ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|` +
    String.raw`(?:twen|thir|for|fif|six|seven|eigh|nine)ty|one(?=[ -](?:hundred|thousand|million|` +
    String.raw`half|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b))(?:(?:[ -]|` +
    String.raw` and )\p{L}{3,9}){0,8})(?!\p{L})`,
  'giu',
);

const BEHIND_WORDS = new RegExp(
  `^[ -](?:${SCALE}|half|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|percent)(?!\\p{L})`,
  'u',
);

/** Numbers in words, where a text has none in digits. */
function spelledIn(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(SPELLED)) {
    for (let words = match[1]!; words !== ''; words = words.replace(/[ -]*\p{L}+$/u, '')) {
      const found = spelledNumber(words);
      if (found === undefined) continue;
      const start = match.index + match[0].length - match[1]!.length;
      const scale = BEHIND_WORDS.exec(text.slice(start + found.length))?.[0].length ?? 0;
      spans.push({ start: match.index, end: start + found.length + scale });
      break;
    }
  }
  return spans.slice(-NUMBERS_MAX);
}

const ASSIGNMENT = String.raw`[a-zA-Z] ?= ?[-+−]?(?:${NUMERAL})(?:/\d{1,9})?`;
const ASSIGNMENTS = new RegExp(
  String.raw`(?<![\p{L}\d])(?:${ASSIGNMENT}(?:, ?(?:and )?| and )){1,5}${ASSIGNMENT}(?![\d\p{L}])`,
  'gu',
);

/** Every `x = 2 and y = 3`. */
function assignmentsIn(text: string): Span[] {
  return [...text.matchAll(ASSIGNMENTS)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
  }));
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
  const isSigned =
    /[-+−]/.test(text[number.start]!) && /[\p{L}\d)\]}]\s?$/u.test(text.slice(0, number.start));
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
function listBefore(text: string, spans: readonly Span[], last: number): Span {
  let from = last;
  for (; from > 0; from--) {
    const between = text.slice(spans[from - 1]!.end, spans[from]!.start);
    const joins =
      /^,?\s*(?:and|or(?: maybe| perhaps| possibly| even)?|und|oder|et|ou|y|o|e|и|或|和)\s*$/.test(between) ||
      (from < last && /^,\s*$/.test(between));
    if (!joins) break;
  }
  return { start: spans[from]!.start, end: spans[last]!.end };
}
