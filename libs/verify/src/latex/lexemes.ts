/** What the parser reads: tokens whose letters are resolved. */
import type { Numeral } from './numerals.js';

/** A token after its letters are resolved. */
export type Lexeme = { readonly spaced: boolean } & (
  | { readonly kind: 'number'; readonly numeral: Numeral }
  | { readonly kind: 'letter'; readonly text: string }
  | { readonly kind: 'function'; readonly text: string }
  | { readonly kind: 'conjunction'; readonly text: 'and' | 'or' }
  | { readonly kind: 'command' | 'symbol' | 'text'; readonly text: string }
);
