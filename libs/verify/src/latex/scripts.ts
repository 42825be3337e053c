/**
 * `x^2_1` is `x_1^2` and `\sum^n_{k=1}` is `\sum_{k=1}^n`: both scripts hang on the same base, and LaTeX takes them in
 * either order. The parser reads the lower one first.
 */
import type { Lexeme } from './lexemes.js';
import { GREEK } from './vocabulary.js';

/** Longest script that is moved, in lexemes, with its braces. */
const SCRIPT_LEXEMES_MAX = 40;

/** The lexemes with each upper script behind the lower one of the same base. */
export function subscriptsFirst(lexemes: readonly Lexeme[]): Lexeme[] {
  const out = [...lexemes];
  for (let at = 1; at < out.length; at++) {
    if (!isSymbol(out[at], '^') || !isBase(out[at - 1]!)) continue;
    const middle = scriptEnd(out, at + 1);
    if (middle === undefined || !isSymbol(out[middle], '_')) continue;
    const end = scriptEnd(out, middle + 1);
    if (end === undefined) continue;
    out.splice(at, end - at, ...out.slice(middle, end), ...out.slice(at, middle));
  }
  return out;
}

/** The index behind the script at `from`: a group, or one lexeme without arguments; undefined for anything else. */
function scriptEnd(lexemes: readonly Lexeme[], from: number): number | undefined {
  const first = lexemes[from];
  if (first === undefined) return undefined;
  if (first.kind === 'number' || first.kind === 'letter' || first.kind === 'text') return from + 1;
  if (first.kind === 'command')
    return GREEK.has(first.text) || /^(?:infty|pi)$/.test(first.text) ? from + 1 : undefined;
  if (!isSymbol(first, '{')) return undefined;
  let depth = 0;
  for (let at = from; at < Math.min(lexemes.length, from + SCRIPT_LEXEMES_MAX); at++) {
    if (isSymbol(lexemes[at], '{')) depth++;
    else if (isSymbol(lexemes[at], '}') && --depth === 0) return at + 1;
  }
  return undefined;
}

function isBase({ kind }: Lexeme): boolean {
  return kind === 'letter' || kind === 'command' || kind === 'function';
}

function isSymbol(lexeme: Lexeme | undefined, text: string): boolean {
  return lexeme?.kind === 'symbol' && lexeme.text === text;
}
