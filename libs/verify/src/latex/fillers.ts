/**
 * Words in front of a value that only stress it: `\text{exactly }21`, `only 5`, `\text{a total of }12`. Only where an
 * item begins: behind another word (`not exactly 21`) they belong to what it says.
 */
import { spelledNumber } from './number-words.js';
import type { Token } from './tokens.js';

const FILLER = /^(?:exactly|precisely|simply|just|only|an? (?:grand )?total of)(?: |$)/i;

/** The tokens without such words. */
export function withoutFillers(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token, at): readonly Token[] => {
    if (token.kind !== 'text' && token.kind !== 'letters') return [token];
    const filler = FILLER.exec(token.text)?.[0];
    if (filler === undefined || !beginsItem(tokens[at - 1])) return [token];
    const rest = token.text.slice(filler.length);
    if (rest === '') return startsNumber(tokens[at + 1]) ? [] : [token];
    return spelledNumber(rest) === undefined ? [token] : [{ ...token, text: rest }];
  });
}

function beginsItem(before: Token | undefined): boolean {
  return before === undefined || (before.kind === 'symbol' && /^[,;=({]$/.test(before.text));
}

function startsNumber(token: Token | undefined): boolean {
  if (token?.kind === 'symbol') return /^[-({]$/.test(token.text);
  if (token?.kind === 'letters') return token.text.length === 1 || spelledNumber(token.text) !== undefined;
  return token?.kind === 'number' || token?.kind === 'command';
}
