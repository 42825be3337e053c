/**
 * Whole numbers in English words: `twelve`, `twenty-one`, `one hundred and five`, `\text{five eighths}` (5 and a scale
 * word). Ordinals are no numbers here, nor is a word that goes on behind a hyphen (`one-to-one`).
 */
import type { Token } from './tokens.js';

const UNITS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ' +
  'seventeen eighteen nineteen'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SMALL: ReadonlyMap<string, number> = new Map([
  ...UNITS.map((word, i) => [word, i] as const),
  ...TENS.map((word, i) => [word, 10 * i + 20] as const),
]);
const LARGE: ReadonlyMap<string, number> = new Map([
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
]);

const WORD = [...UNITS.slice().reverse(), ...TENS, 'hundred', ...LARGE.keys()].join('|');
/** At the start of a text. Every repetition takes a word, so the pattern does not backtrack. */
const NUMBER = new RegExp(
  `^(?:${[...UNITS.slice().reverse(), ...TENS].join('|')})(?![a-z])` +
    `(?:(?:[ -]|,? and )(?:${WORD})(?![a-z])){0,12}(?!-?[a-z]|[ -]?\\d)`,
  'i',
);

/** The number that `text` starts with, in words, and how much of the text it takes; undefined without one. */
export function spelledNumber(text: string): { readonly value: number; readonly length: number } | undefined {
  const spelled = NUMBER.exec(text)?.[0];
  const value = spelled === undefined ? undefined : valueOf(spelled.toLowerCase().match(/[a-z]+/g)!);
  return value === undefined ? undefined : { value, length: spelled!.length };
}

/** `two hundred and five` is 205; undefined for words in no such order (`five six`). */
function valueOf(words: readonly string[]): number | undefined {
  let total = 0;
  let group = 0;
  let scale = Infinity;
  let isOpen = true;
  for (const word of words) {
    const [small, large] = [SMALL.get(word), LARGE.get(word)];
    if (word === 'and') continue;
    if (small !== undefined) {
      // Behind "twenty" a digit, behind "hundred" anything below it.
      const room = group % 100 === 0 ? 100 : group % 10 === 0 && group % 100 >= 20 ? 10 : 0;
      if (small >= room || (small === 0 && words.length > 1) || !isOpen) return undefined;
      group += small;
    } else if (word === 'hundred') {
      if (group === 0 || group >= 100) return undefined;
      group *= 100;
    } else if (large !== undefined) {
      if (group === 0 || large >= scale) return undefined;
      total += group * large;
      [group, scale] = [0, large];
      isOpen = true;
    }
  }
  return total + group;
}

/** Tokens with the numbers in words as numbers; `names` are texts and runs of letters. */
export function withNumbers(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind !== 'letters' && token.kind !== 'text') {
      out.push(token);
      continue;
    }
    const [all, taken] = runAt(tokens, at);
    const negative = token.kind === 'text' ? /^(?:negative|minus) /i.exec(all) : null;
    const run = all.slice(negative?.[0].length ?? 0);
    const found = spelledNumber(run);
    const isZeroOf = found?.value === 0 && ['letters', 'text'].includes(tokens[at - 1]?.kind ?? '');
    if (found === undefined || isZeroOf || (taken > 1 && found.length < run.length)) {
      out.push(token);
      continue;
    }
    const numeral = { text: String(found.value), decimal: false };
    if (negative !== null) out.push({ kind: 'symbol', text: '-', spaced: true });
    out.push({ kind: 'number', numeral, spaced: token.spaced });
    const rest = run.slice(found.length).trim();
    if (rest !== '') out.push({ kind: 'text', text: rest, spaced: true });
    at += taken - 1;
  }
  return out;
}

/** The longest run of number words from `at` on, as text, and its tokens; a token by itself where there is none. */
function runAt(tokens: readonly Token[], at: number): readonly [text: string, tokens: number] {
  let run = (tokens[at] as { text: string }).text;
  let best: readonly [string, number] = [run, 1];
  for (let to = at + 1; to < tokens.length && to < at + RUN_MAX; to++) {
    const token = tokens[to]!;
    const isHyphen = token.kind === 'symbol' && token.text === '-';
    if (token.kind !== 'letters' && !isHyphen) break;
    run += token.text === '-' || run.endsWith('-') ? token.text : ` ${token.text}`;
    if (spelledNumber(run)?.length === run.length) best = [run, to - at + 1];
  }
  return best;
}

/** Tokens of the longest number. */
const RUN_MAX = 16;
