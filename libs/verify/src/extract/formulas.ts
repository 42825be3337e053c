/** Formulas between `$`, `$$`, `\( \)` and `\[ \]`, found in one pass. */

import type { Span } from './spans.js';

export interface Formula extends Span {
  readonly content: string;
}

/** Formulas that are kept, the last ones. */
const FORMULAS_MAX = 40;

/** Between the dollar signs of two sums of money stand words, not a formula: `$5 for lunch and $7`. */
const MONEY = /^\s?\d[\d.,]*(?:\s*(?:\n|[.;,]\s+[A-Za-z]|\s[A-Za-z]{2,}\s)[^\\]*|[^\\]*[=+*/x×-]\s*)$/;

export function formulasOf(text: string): Formula[] {
  const formulas: Formula[] = [];
  const next = new Map<string, number>();
  let at = 0;
  while (at < text.length) {
    const delimiters = openingAt(text, at);
    if (delimiters === undefined) {
      at += text[at] === '\\' ? 2 : 1;
      continue;
    }
    const [opening, closing] = delimiters;
    const from = at + opening.length;
    // The next closing delimiter of a kind is searched for once, however many open before it.
    let to = next.get(closing) ?? -1;
    if (to < from) next.set(closing, (to = closingFrom(text, from, closing)));
    if (to === Infinity) {
      at = from;
      continue;
    }
    if (opening === '$' && MONEY.test(text.slice(from, to))) {
      at = from;
      continue;
    }
    // A formula too long for an answer still counts as a formula: no part of it is extracted.
    const content = text.slice(from, to);
    if (content.trim() !== '') formulas.push({ start: at, end: to + closing.length, content });
    if (formulas.length > FORMULAS_MAX) formulas.shift();
    at = to + closing.length;
  }
  return formulas;
}

function openingAt(text: string, at: number): [string, string] | undefined {
  if (text[at] === '$') return text[at + 1] === '$' ? ['$$', '$$'] : ['$', '$'];
  if (text[at] !== '\\') return undefined;
  if (text[at + 1] === '(') return ['\\(', '\\)'];
  if (text[at + 1] === '[') return ['\\[', '\\]'];
  const environment = text.startsWith('\\begin{', at) ? DISPLAY.exec(text.slice(at, at + 24)) : null;
  return environment === null ? undefined : [environment[0], `\\end{${environment[1]!}}`];
}

/** An environment that displays formulas by itself. */
const DISPLAY = /^\\begin\{((?:align|equation|gather|multline|eqnarray)\*?)\}/;

/** Index of the next `closing`, skipping escaped characters; Infinity without one. */
function closingFrom(text: string, from: number, closing: string): number {
  for (let i = from; i < text.length; i++) {
    if (text.startsWith(closing, i)) return i;
    if (text[i] === '\\') i++;
  }
  return Infinity;
}
