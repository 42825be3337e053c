/**
 * Answers in words: `Friday`, `\text{Yes}`, `not enough information`. Recognised before the grammar is tried, since a
 * word also reads as a product of letters.
 */
import type { Token } from './tokens.js';
import { CONJUNCTIONS, FUNCTIONS, GREEK } from './vocabulary.js';

/** From this length on, a single run of letters is a word, not a product of symbols. */
const WORD_LENGTH_MIN = 3;

/** Letters that are variables next to each other: xyz, abc. */
const CONSECUTIVE = /^(?:[xyz]+|[abc]+|[pqr]+|[uvw]+)$/;

/** The words of an answer that has only words; lower case, single spaces. Undefined when it is mathematics. */
export function wordsOf(tokens: readonly Token[]): string | undefined {
  const words: string[] = [];
  let hasWord = false;
  for (const token of tokens) {
    if (token.kind === 'text') {
      if (/[\\$^=]/.test(token.text)) return undefined;
      words.push(token.text);
      hasWord = true;
    } else if (token.kind === 'letters') {
      if (
        FUNCTIONS.has(token.text) ||
        GREEK.has(token.text) ||
        /^(?:pi|inf|infinity|infty)$/i.test(token.text)
      ) {
        return undefined;
      }
      if (tokens.length === 1 && CONSECUTIVE.test(token.text)) return undefined;
      if (
        token.text.length >= WORD_LENGTH_MIN ||
        token.text > '\u0400' ||
        /^(?:no|it|is|on|of|to|up)$/i.test(token.text)
      ) {
        if (!CONJUNCTIONS.has(token.text.toLowerCase())) hasWord = true;
      } else if (token.text.length > 1 && tokens.length === 1) return undefined;
      words.push(token.text);
    } else if (token.kind === 'symbol' && /^[,.;:!?'"`-]$/.test(token.text)) continue;
    else return undefined;
  }
  return hasWord ? normalWords(words.join(' ')) : undefined;
}

/**
 * Words and numbers that are not mathematics together: `July 4`, `3 cats and 2 dogs`. Only for text that the grammar
 * refused, and equal only to the same words: no number is extracted from it.
 */
export function phraseOf(tokens: readonly Token[]): string | undefined {
  const words: string[] = [];
  let hasWord = false;
  for (const token of tokens) {
    if (token.kind === 'number') words.push(token.numeral.text);
    else if (token.kind === 'text' || token.kind === 'letters') {
      words.push(token.text);
      hasWord ||= token.text.length >= WORD_LENGTH_MIN;
    } else if (token.kind !== 'symbol' || !/^[,.;:!?'"]$/.test(token.text)) return undefined;
  }
  return hasWord ? normalWords(words.join(' ')) : undefined;
}

/** Case, white space and punctuation do not matter between words. */
export function normalWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s"'`.,;:!?*_-]+/g, ' ')
    .trim();
}
