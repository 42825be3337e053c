/**
 * The words beside a value, and whether those of two answers go together.
 *
 * The rule: what is left over after reading a number must be understood. A word of the answer that the gold does not
 * have decides against equality, unless it is harmless or, beside a gold without words, a noun that says what is
 * counted. Words of the gold may be left out, except those that have an opposite (5% decrease is not 5%).
 */
import { isCounted, singular } from './nouns.js';

/** Words that change nothing: articles, fillers, adjectives of measures. */
const HARMLESS: ReadonlySet<string> = new Set(
  (
    'a an the of in total altogether overall each every apiece different distinct possible unique exactly only just ' +
    'simply all such long wide tall high deep old away worth remaining thick and respectively on average'
  ).split(' '),
);

/** Words for an approximation; the policy says whether they are harmless. */
const APPROXIMATE: ReadonlySet<string> = new Set(
  'about approximately approx roughly around circa nearly almost rounded'.split(' '),
);

/** Words with an opposite, and words that compute: they count as a sign does, and both answers need the same one. */
const SIGNS: ReadonlySet<string> = new Set(
  (
    'increase increased decrease decreased rise drop fall gain loss profit deficit surplus up down upward ' +
    'downward north south east west northeast northwest southeast southwest older younger earlier later ago ' +
    'before after more less fewer greater smaller larger bigger above below over under ahead behind faster slower ' +
    'taller shorter longer heavier lighter hotter colder warmer cooler cheaper higher lower right clockwise ' +
    'counterclockwise anticlockwise win won lost bc ad bce ce forward backward forwards backwards deposit ' +
    'withdrawal credit debit inside outside positive negative underwater overdrawn doubled ' +
    'tripled halved quadrupled inverted reversed short early late'
  ).split(' '),
);

/** Whether `word` has an opposite or computes. */
export function isSign(word: string): boolean {
  return SIGNS.has(word.toLowerCase());
}

/** Whether `word` says of what kind a value or a noun is: `odd`, `prime`. */
export function isAdjective(word: string): boolean {
  return ADJECTIVES.has(word.toLowerCase());
}

/** Whether `word` changes nothing. */
export function isHarmless(word: string): boolean {
  return HARMLESS.has(word.toLowerCase());
}

export interface Words {
  /** Content words in their singular, without those that change nothing. */
  readonly content: ReadonlySet<string>;
  /** Whether something is named: a noun, a direction, anything but fillers. */
  readonly named: boolean;
}

/** Adjectives that describe a noun behind them (`6 positive integers`), and by themselves the value (`6 negative`). */
const ADJECTIVES: ReadonlySet<string> = new Set(
  (
    'real complex integer integral rational positive negative nonnegative even odd prime composite ordered unordered ' +
    'consecutive whole natural valid such perfect regular right equal inner outer smaller larger'
  ).split(' '),
);

/** The content of `words`; those for an approximation stay where the policy makes them count. */
export function contentOf(words: readonly string[], approximate: boolean): Words {
  const content = new Set<string>();
  words.forEach((word, i) => {
    const lower = word.toLowerCase();
    // "to the left" is a direction, "5 apples left" are the rest.
    if (lower === 'left' && !(i === 0 || /^(?:the|unit|step|space|place)s?$/i.test(words[i - 1]!))) return;
    if (HARMLESS.has(lower) || (approximate && APPROXIMATE.has(lower))) return;
    const describes = ADJECTIVES.has(lower) && words.slice(i + 1).some(isCounted);
    const per = words[i - 1]?.toLowerCase() === 'per' ? 'per ' : '';
    content.add(describes ? `${DESCRIBES}${lower}` : per + singular(word));
  });
  return { content, named: content.size > 0 };
}

/** Marks an adjective before its noun. */
const DESCRIBES = '~';

/** Whether the words of both go together; `goldIsBare`: the gold has neither a word nor a unit. */
export function wordsAgree(gold: Words, answer: Words): boolean {
  for (const word of gold.content) if (SIGNS.has(word) && !answer.content.has(word)) return false;
  for (const word of answer.content) {
    const isKnown = word.startsWith(DESCRIBES) || isCounted(word.replace(/^per /, ''));
    if (!gold.content.has(word) && (gold.named || !isKnown)) return false;
  }
  return true;
}
