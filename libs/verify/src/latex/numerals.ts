/**
 * The meaning of a run of digits, points, commas and spaces: `1,234`, `1 234`, `10{,}000`, `3,\!110`, `1.234,5`,
 * `0.75`.
 *
 * A separator groups digits only when the whole run is grouped in threes; inside brackets a bare comma separates
 * items, so (1,234) stays a pair. `12,5` is left as `12` and a comma: whether it is a list or has a decimal comma is
 * decided when the other side is known (compare/).
 */
import { rational, type Rational } from '../exact/rational.js';

export interface Numeral {
  /** Digits without separators, with a point if it is a decimal. */
  readonly text: string;
  readonly decimal: boolean;
  /** A point without digits after it: `0.` of `0.\overline{3}`. */
  readonly pointed?: true;
}

/** A thousands separator: a comma, bare or in braces or with a negative space; or a small space. */
const EXPLICIT_COMMA = /^(?:, ?\\! ?| ?\{ ?, ?\} ?)(?=\d{3}(?!\d))/;
const COMMA = new RegExp(String.raw`${EXPLICIT_COMMA.source}|^,(?=\d{3}(?!\d))`);
const SPACE = /^(?:\\,|\\ |\\;|\\:|\\!|~|'| )(?=\d{3}(?![\d/]))/;
/** `120 000,50`: after digits grouped by spaces a comma is a decimal comma. */
const COMMA_AFTER_SPACES = /^,(\d{1,2}|\d{4,12})(?![\d,.])/;
/** The European form, `1.234.567,89` or `1.234.567`. */
const POINTS_THEN_COMMA = /^\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})(?![\d,.])/;

/** Longest numeral; more digits than this are refused by the size check of the arithmetic anyway. */
const NUMERAL_LENGTH_MAX = 4096;

/** Reads the numeral at `at` (a digit, or a point before a digit). */
export function readNumeral(
  text: string,
  at: number,
  inBrackets: boolean,
): { numeral: Numeral; end: number } {
  const european = POINTS_THEN_COMMA.exec(text.slice(at, at + 64));
  if (european !== null && !inBrackets) {
    const digits = european[0].replaceAll('.', '').replace(',', '.');
    return { numeral: { text: digits, decimal: digits.includes('.') }, end: at + european[0].length };
  }
  let end = digitsEnd(text, at);
  let digits = text.slice(at, end);
  if (digits.length >= 1 && digits.length <= 3 && digits[0] !== '0') {
    const spaced = readGroups(text, end, SPACE);
    const grouped = readGroups(text, end, inBrackets ? EXPLICIT_COMMA : COMMA) ?? spaced;
    if (grouped !== undefined) {
      digits += grouped.digits;
      end = grouped.end;
    }
    const decimals = grouped !== undefined && grouped === spaced ? decimalsAfterSpaces(text, end) : undefined;
    if (decimals !== undefined && !inBrackets) {
      return {
        numeral: { text: `${digits}.${decimals}`, decimal: true },
        end: end + 1 + decimals.length,
      };
    }
  }
  const pointed = text[end] === '.' && (isDigitAt(text, end + 1) || !endsSentence(text, end));
  if (!pointed) return { numeral: { text: digits, decimal: false }, end };
  const fractionEnd = digitsEnd(text, end + 1);
  const decimals = text.slice(end + 1, fractionEnd);
  if (decimals === '') {
    const plain = { text: digits === '' ? '0' : digits, decimal: false } as const;
    return { numeral: { ...plain, pointed: true }, end: fractionEnd };
  }
  return {
    numeral: { text: `${digits === '' ? '0' : digits}.${decimals}`, decimal: true },
    end: fractionEnd,
  };
}

/** Groups of three after `from`, all separated by `separator`; undefined when the run is not grouped throughout. */
function readGroups(
  text: string,
  from: number,
  separator: RegExp,
): { digits: string; end: number } | undefined {
  let end = from;
  let digits = '';
  for (let groups = 0; groups < 40; groups++) {
    const match = separator.exec(text.slice(end, end + 12));
    if (match === null) break;
    end += match[0].length;
    digits += text.slice(end, end + 3);
    end += 3;
  }
  if (digits === '') return undefined;
  // `1,234,5` is a list, not a number with a tail.
  if (text[end] === ',' && isDigitAt(text, end + 1)) {
    if (separator !== SPACE || decimalsAfterSpaces(text, end) === undefined) return undefined;
  }
  return { digits, end };
}

function decimalsAfterSpaces(text: string, at: number): string | undefined {
  return COMMA_AFTER_SPACES.exec(text.slice(at, at + 16))?.[1];
}

/** A point that ends the text or is followed by white space is punctuation. */
function endsSentence(text: string, point: number): boolean {
  if (/^\\(?:overline|bar|dot)(?![a-z])/.test(text.slice(point + 1, point + 11))) return false;
  return point + 1 >= text.length || /[\s$\\)\]}]/.test(text[point + 1]!);
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  const stop = Math.min(text.length, from + NUMERAL_LENGTH_MAX);
  while (end < stop && isDigitAt(text, end)) end++;
  return end;
}

function isDigitAt(text: string, at: number): boolean {
  const c = text[at];
  return c !== undefined && c >= '0' && c <= '9';
}

/** The exact value of a numeral; undefined beyond the size limit. */
export function valueOf(numeral: Numeral): Rational | undefined {
  // 1,200 digits are below BITS_MAX bits; a longer text is not even converted.
  if (numeral.text.length > 1200) return undefined;
  const point = numeral.text.indexOf('.');
  if (point < 0) return rational(BigInt(numeral.text), 1n);
  const decimals = numeral.text.length - point - 1;
  return rational(
    BigInt(numeral.text.slice(0, point) + numeral.text.slice(point + 1)),
    10n ** BigInt(decimals),
  );
}

/** Significant digits of a decimal as written, leading zeros not counted. */
export function significantDigits(numeral: Numeral): number {
  return numeral.text.replace('.', '').replace(/^0+/, '').length;
}
