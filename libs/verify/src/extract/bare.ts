/**
 * Whether a text is nothing but an answer: `x^2 + 1`, `12 apples`, `Friday`, `area = 5`, `$1$ and $2$`; not a
 * sentence that contains an answer. When in doubt it is a sentence, and the other rules look for the answer in it.
 */
import { formulasOf, type Formula } from './formulas.js';

const LENGTH_MAX = 1000;
/** Words an answer may have: a short phrase or a unit. */
const WORDS_MAX = 3;

/** Words of formulas in plain text; they do not indicate prose. */
const MATHEMATICAL =
  /^(?:and|or|sqrt|cbrt|sin|cos|tan|cot|sec|csc|log|ln|exp|pi|inf|infinity|min|max|gcd|lcm|mod|percent|[A-Z]{2,3})$/;
/** Two letters are variables, except in the small words of English. */
const WORD = /\p{L}{3,}|\b(?:an|as|at|by|do|go|he|if|in|me|my|no|on|so|to|up|us)\b/giu;
/** Words that make a text a sentence about something. */
const SENTENCE = new RegExp(
  String.raw`\b(?:is|the|because|it|there|are|was|were|has|have|we|you|equals?|of|since|because|when|if` +
    String.raw`|where|which|so|thus|hence|therefore|gives?|yields?|es|est|ist|sont|sind|son|sono)\b|(?<!\p{L})[èé](?!\p{L})|\bnot\b(?=.*\d)`,
  'iu',
);

/** The one sentence that is an answer as it stands. */
const NOTHING = /^\s*there (?:is|are|exists?) no (?:\p{L}+ )?(?:solutions?|roots?)[.!]?\s*$/iu;

/** Scripts without spaces between words; and a word of them before a number, which makes it a sentence. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const SUBJECT = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}].*\d|です/u;

export function isBare(text: string): boolean {
  if (text.length > LENGTH_MAX || /[\r\n]\s*\S/.test(text) || isLabel(text)) return false;
  const formulas = formulasOf(text);
  if (formulas.length > 0 && text.slice(0, formulas[0]!.start).trim() !== '') return false;
  if (formulas.length > 1) return /^[\s,;.$]*(?:(?:and|or)[\s,;.$]*)?$/.test(outside(text, formulas));

  const plain = text
    .replace(/\\(?:text|mathrm|operatorname|mbox|textbf)\*?\s?\{[^{}]*\}/g, ' ')
    .replace(/\\(?:begin|end)\s?\{[a-zA-Z*]*\}|\\[A-Za-z]+/g, ' ');
  if (/\d['’]\p{L}/u.test(plain)) return false;
  if (UNSPACED.test(plain)) return plain.length <= 12 && !/[。，,]/.test(plain) && !SUBJECT.test(plain);
  if (NOTHING.test(plain)) return true;
  if (SENTENCE.test(plain)) return false;
  const words = [...plain.matchAll(WORD)].filter((word) => !MATHEMATICAL.test(word[0]));
  if (words.length === 0) return true;
  if (words.length > WORDS_MAX) return false;
  // With a number, words are the unit after it or the name before an equals sign.
  const firstDigit = plain.search(/\d/);
  // "7 students like tea." is a sentence.
  if (firstDigit >= 0 && words.length === WORDS_MAX && /\.\s*$/.test(text)) return false;
  const isNamed = /^\s*[\p{L}\s]+=[^=]*$/u.test(plain);
  return firstDigit < 0 || isNamed || words[0]!.index > firstDigit;
}

function outside(text: string, formulas: readonly Formula[]): string {
  let rest = '';
  let at = 0;
  for (const formula of formulas) {
    rest += text.slice(at, formula.start);
    at = formula.end;
  }
  return rest + text.slice(at);
}

/** `AZYUK2A`: letters and digits in one word are a label. */
function isLabel(text: string): boolean {
  return /^\s*[A-Za-z]{2,}\d+[A-Za-z]+\s*$/.test(text);
}
