/**
 * What stands beside a value in a sentence: its unit or noun, its base, and the words of the sentence that say in which
 * direction it goes ("a loss of 30 dollars"). The value is extracted without them; they count where the gold has words.
 */
import { isCounted } from '../compare/nouns.js';
import { isAdjective, isHarmless, isSign } from '../compare/words.js';
import { isUnit, readUnits } from '../units.js';
import { anyOf } from './pattern.js';

/** Words beside a value, as text. */
export interface Beside {
  /** Right behind it: `minutes late`. */
  readonly behind: string;
  /** Anywhere before it in the sentence: `loss`. */
  readonly signs: string;
}

/** Words looked at. */
const WORDS_MAX = 6;
/** One word, or one unit in symbols: `km/h`, `cm^2`. */
const NEXT = new RegExp(
  String.raw`^[\s$*~)"']*?(?:\\(?:text|mathrm) ?\{\s*)?\s*((?:\p{L}+(?:\/\p{L}+)?(?:\^\{?-?\d\}?|` +
    String.raw`²|³)?)|°C|°F|°|€|£)\}?(?![\p{L}\d])`,
  'u',
);
const AMBIGUOUS: ReadonlySet<string> = new Set(
  'more less fewer over under up right left before after greater smaller larger out won win'.split(' '),
);

/** The words beside the value between `before` and `after`. */
export function wordsBeside(before: string, after: string): Beside {
  const words: string[] = [];
  let rest = after;
  while (words.length < WORDS_MAX) {
    const found = NEXT.exec(rest);
    if (found === null || !(isBeside(found[1]!) || isAmbiguous(found[1]!))) break;
    words.push(found[1]!);
    rest = rest.slice(found[0].length);
  }
  const signs = before.match(/\p{L}+/gu)?.filter((word) => isSign(word) && !isAmbiguous(word));
  return { behind: words.join(' '), signs: (signs ?? []).slice(-WORDS_MAX).join(' ') };
}

/** Comparatives and words of place say as often something about the sentence ("she needs 5 more"). */
export function isAmbiguous(word: string): boolean {
  return AMBIGUOUS.has(word.toLowerCase());
}

function isBeside(word: string): boolean {
  return (
    /^(?:per|euros?|degrees?|percent)$/i.test(word) ||
    isMeasure(word) ||
    isCounted(word) ||
    isSign(word) ||
    isAdjective(word)
  );
}

function isMeasure(word: string): boolean {
  if (/^(?:a|in|s|h|g|C|A)$/.test(word)) return false;
  const { unit, words } = readUnits(word);
  return /^[^\p{L}]+$/u.test(word) || (unit !== undefined && words.length === 0) || isUnit(word);
}

/** What behind a value belongs to it, with the value: `24` in base 8, `6!`. Undefined where that is not understood. */
export function completed(value: string, after: string): string | undefined {
  if (/^!(?!=)/.test(after) && /\d$/.test(value)) return `${value}!`;
  const base = /^\s*[($*]{0,2}(?:in )?base[ -]?(\d{1,2}|\p{L}+)[)$*]{0,2}/iu.exec(after.slice(0, 40));
  if (base === null) return value;
  if (!/^[\dA-F]+$/.test(value) || !/^\s*(?:$|[.,;]|since|because|as)/.test(after.slice(base[0].length)))
    return undefined;
  return `${value}_{\\text{base } ${base[1]!}}`;
}

/** Whether what follows an announced value is a unit, counts or goes on; not so in "12 below" or "12 shy of". */
export function isUnderstood(after: string): boolean {
  if (ALTERNATIVE.test(after) || CASES.test(after)) return false;
  let rest = after.replace(/^[$*\s)"'\x60]+(?=\s)/, '');
  for (let words = 0; words < WORDS_MAX; words++) {
    const word = /^\s+([a-z]+(?:-[a-z]+)?)(?!\p{L})/u.exec(rest);
    if (word === null) return !/^\s+[^\s\p{P}\p{S}]/u.test(rest) || /^\s+(?:\p{Lu}|\d)/u.test(rest);
    if (GOES_ON.test(word[1]!)) return true;
    if (!isUnit(word[1]!) && !isCounted(word[1]!) && !isHarmless(word[1]!) && !DESCRIBES.test(word[1]!))
      return false;
    rest = rest.slice(word[0].length);
  }
  return true;
}

/** "6 for odd n and 7 for even n": two cases. */
const CASES = /^\s+(?:for|when|if|in)\s.{1,60}(?:,|\band|\bbut)\s[$\\(]{0,2}-?\d+\S*\s(?:for|when|if|in)\b/i;

/** "6 or, if you count the empty set, 7": two answers. */
const ALTERNATIVE = new RegExp(
  String.raw`^[$*\s)"'\x60]*,?\s*or(?!,? (?:equivalently|simply|just|in other words|in lowest terms|` +
    String.raw`about|approximately|roughly))(?!\p{L})(?=.*[\d$])`,
  'iu',
);

/** Words behind which a new part of the sentence begins. */
const GOES_ON = new RegExp(
  `^${anyOf(`
    since|because|as|so|and|or|which|where|for|in|of|per|by|to|that|with|at|on|from|but|not|is
    although|while|whereas|hence|thus|therefore|rather|instead
  `)}$`,
);
/** Words between a value and its noun, and behind it. */
const DESCRIBES = new RegExp(
  `^${anyOf(`
    dozen|percent|degrees?|real|positive|negative|ordered|square|cubic|approximately|left|also|way|ways|more|fewer|less
    solutions?|roots?|zeros?|distinct|hundredths?|thousandths?|tenths?|halves|thirds?|fourths?|fifths?
  `)}$`,
);

/** A number with one more word, as announced in another language: `250 рублей`, `5입니다`. */
const FOREIGN = /^([-+−]?\d[\d.,\s]*?)\s?([^\s\d.,]+)\.?$/u;
/** Words of other languages that multiply or say "no". */
const MULTIPLIES = new RegExp(
  String.raw`^(?:тысяч|миллион|миллиард|десят|сот|проц|mil|mill|mrd|tausend|hundert|dutzend|` +
    String.raw`prozent|cent|douz|dizain|por|pour|万|萬|亿|億|千|百|만|억|천|백|不|ない|ではな|じゃな|아니|x|mod|` +
    String.raw`[a-z]$)`,
  'iu',
);
/** "It is", at the end of the word in Korean and Japanese. */
const COPULA = /^(?:입니다|이다|이에요|예요|임|です|だ|である)$/u;

/** The number of an announcement that consists of it and a noun; undefined for anything else. */
export function withForeignNoun(
  text: string,
): { text: string; source: 'number'; beside: Beside } | undefined {
  const [, number, word] = FOREIGN.exec(text) ?? [];
  if (number === undefined || word === undefined || MULTIPLIES.test(word) || !/^\p{L}+$/u.test(word))
    return undefined;
  return { text: number, source: 'number', beside: { behind: COPULA.test(word) ? '' : word, signs: '' } };
}
