/**
 * The text of an answer without typography that cannot change its meaning: for equality as text and for "the gold
 * text occurs".
 */
import { tokenize, type Token } from './tokens.js';

/** Tokens in one spelling, joined by spaces; the text without white space where it cannot be tokenized. */
export function canonicalText(text: string): string {
  const tokens = tokenize(text.trim());
  if (tokens === undefined) return text.replace(/\s+/g, '');
  const words = tokens.map(spell);
  while (words.length > 0 && (words.at(-1) === '.' || words.at(-1) === '\\\\')) words.pop();
  return words.join(' ');
}

function spell(token: Token): string {
  switch (token.kind) {
    case 'number':
      return token.numeral.text;
    case 'command':
      return `\\${token.text}`;
    case 'text':
      return token.text;
    default:
      return token.text;
  }
}
