/**
 * The last number of a text: the rule of last resort. It takes an expression of numbers (`4 4/9`, `\frac{2}{5}`,
 * `3 + 10 = 13`) where one stands, and never a number out of a word, a formula with letters, or a label.
 */
import { closingBrace } from './boxes.js';
import { isRuledOut } from './negation.js';

/** The end of the text that is searched. */
const TAIL = 2000;
const NUMERAL = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+`;
const RUN = new RegExp(
  String.raw`(?<![\p{Script=Latin}\d_^])[-+]?(?:\$ ?)?(?:${NUMERAL})(?:e[-+]?\d{1,3})?(?: \d+/\d+|/\d+)?(?: ?(?:%|\\%|percent|percentage|pct)(?!\p{L}))?`,
  'gu',
);

export function lastNumberIn(text: string): string | undefined {
  const tail = text.slice(-TAIL);
  const fraction = lastFraction(tail);
  let last: RegExpExecArray | undefined;
  for (const match of tail.matchAll(RUN)) {
    const next = tail.slice(match.index + match[0].length, match.index + match[0].length + 1);
    // Inside a fraction that was found as a whole, or glued to what is no number.
    if (fraction !== undefined && match.index >= fraction.start && match.index < fraction.end) continue;
    if (/[\d_^]/.test(next) || isRuledOut(tail, match.index)) continue;
    last = match;
  }
  if (fraction !== undefined && (last === undefined || last.index < fraction.start))
    return tail.slice(fraction.start, fraction.end);
  return last?.[0].trim();
}

/** The last `\frac{...}{...}` with its sign. */
function lastFraction(text: string): { start: number; end: number } | undefined {
  const start = Math.max(text.lastIndexOf('\\frac{'), text.lastIndexOf('\\dfrac{'));
  if (start < 0) return undefined;
  const over = closingBrace(text, text.indexOf('{', start));
  if (over < 0 || text[over + 1] !== '{') return undefined;
  const under = closingBrace(text, over + 1);
  if (under < 0) return undefined;
  return { start: text[start - 1] === '-' ? start - 1 : start, end: under + 1 };
}
