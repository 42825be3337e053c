/**
 * Words in front of a value that only stress it: `\text{exactly }21`, `only 5`, `\text{a total of }12`. Only where an
 * item begins: behind another word (`not exactly 21`) they belong to what it says.
 */
import { spelledNumber } from './number-words.js';
import type { Token } from './tokens.js';

const FILLER = /^(?:exactly|precisely|simply|just|only|an? (?:grand )?total of)(?: |$)/i;

/** The tokens without such words. */
export function withoutFillers(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  tokens.forEach((token, at) => {
    const filler =
      (token.kind === 'text' || token.kind === 'letters') && beginsItem(tokens[at - 1])
        ? FILLER.exec(token.text)
        : null;
    if (filler === null) {
      out.push(token);
      return;
    }
    const rest = filler.input.slice(filler[0].length);
    if (rest === '' && startsNumber(tokens[at + 1])) return;
    out.push(spelledNumber(rest) === undefined ? token : { kind: 'text', text: rest, spaced: token.spaced });
  });
  return out;
}

function beginsItem(before: Token | undefined): boolean {
  return before === undefined || (before.kind === 'symbol' && /^[,;=({]$/.test(before.text));
}

function startsNumber(token: Token | undefined): boolean {
  if (token?.kind === 'symbol') return /^[-({]$/.test(token.text);
  if (token?.kind === 'letters') return token.text.length === 1 || spelledNumber(token.text) !== undefined;
  return token?.kind === 'number' || token?.kind === 'command';
}
