/**
 * Multiple choice: the letter of a gold answer, and the letter that a sentence chooses.
 *
 * Naming several letters chooses none: "A or B or C" is no answer. A letter that is ruled out ("not A") does not count.
 */

import { isDoubted } from './doubts.js';
import { isDenied, isRuledOut } from './negation.js';

/** `Option B`, `Answer: B`. */
const LABEL = new RegExp(
  String.raw`^(?:(?:the )?(?:correct )?(?:option|choice|answer|letter)(?:\s?:| is)?\s+|(?:option|choice` +
    String.raw`|answer)\s?:\s?)(?=\(?[A-J]\)?(?:\W|$))`,
  'i',
);

/** The letter of `C`, `(C)`, `C) 5`, `C. five`, `C Cecile`; undefined for anything else. */
export function choiceOf(text: string): string | undefined {
  const plain = text
    .replace(/\\(?:text|textbf|mathrm|mathbf|boxed)\s?\{([^{}]*)\}/g, '$1')
    .replace(/[$*]/g, '')
    .trim()
    .replace(LABEL, '');
  const match = /^\(?([A-J])(?:\)|\]|\.|:|(?=\s+[\p{Lu}\d\\])|$)\s*(.*)$/su.exec(plain);
  if (match === null) return undefined;
  const rest = match[2]!;
  if (isRuledOut(plain, 0, plain.length - rest.length)) return undefined;
  if (/^(?:or|and|und|oder|ou|et|y|o)\b/i.test(rest) || /(?:^|\W)\(?[A-J]\)?(?:\W|$)/.test(rest))
    return undefined;
  return match[1];
}

/** A capital letter on its own. */
const LETTER = /(?<![\p{Script=Latin}\d\\^_{'’])\(?([A-J])\)?(?![\p{Script=Latin}\d^_'’])/gu;
/** A letter after these words is what the sentence chooses. */
const SETTLED = new RegExp(
  String.raw`(?:\bis|\bit['’]?s|\banswer|\bchoose|\bchoice|\boption|\bpick|\bselect|\bso|\bleft with` +
    String.raw`|\best|\bes|\bè|\bé|\bsondern|\bist|\bleav(?:es|ing)|\bfor sure|—|选|是|:|=)\s*[("'*]{0,2}$`,
  'iu',
);
/** "rules out C, leaving D". */
const ELIMINATED =
  /\b(?:rul(?:es?|ed|ing) out|eliminat\w+|exclud\w+|discard\w*|reject\w*|cross(?:es|ed)? out)\s[("'*]{0,2}$/i;
/** Letters that commas, "and" or "or" join are chosen or ruled out together. */
const JOINED = /^\)?(?:,| or| and|, or|, and| nor)\s?\(?(?=[A-J]\b)/;
const JOINED_BEFORE = /\(?[A-J]\)?(?:,| or| and|, or|, and| nor)\s?$/;

function coordinated(text: string, start: number, end: number): [start: number, end: number] {
  let [from, to] = [start, end];
  for (let letters = 0; letters < 9; letters++) {
    const before = JOINED_BEFORE.exec(text.slice(Math.max(0, from - 12), from));
    const after = JOINED.exec(text.slice(to, to + 10));
    if (before === null && after === null) break;
    if (before !== null) from -= before[0].length;
    if (after !== null) to += after[0].length + 1;
  }
  return [from, to];
}

/** Characters around a letter that may doubt it. */
const CLAUSE_MAX = 160;
/** Letters looked at. */
const LETTERS_MAX = 200;

/** The one letter that `text` chooses. */
export function choiceIn(text: string): string | undefined {
  if (isDenied(text)) return undefined;
  const named = new Set<string>();
  const settled: string[] = [];
  let count = 0;
  for (const match of text.matchAll(LETTER)) {
    if (++count > LETTERS_MAX) return undefined;
    const letter = match[1]!;
    const before = text.slice(Math.max(0, match.index - 24), match.index);
    const [from, to] = coordinated(text, match.index, match.index + match[0].length);
    if (isRuledOut(text, from, to) || ELIMINATED.test(text.slice(Math.max(0, from - 36), from))) continue;
    const rest = /^[^.;\n]*/.exec(text.slice(to, to + CLAUSE_MAX))![0];
    const clause = /[^,.;\n]*$/.exec(text.slice(Math.max(0, from - CLAUSE_MAX), from))![0];
    if (isDoubted(clause, rest)) continue;
    const after = text.slice(match.index + match[0].length, match.index + match[0].length + 12);
    const bracketed = match[0].startsWith('(');
    // "A" and "I" are words of their own in English.
    if (
      letter === 'A' &&
      !bracketed &&
      /^\s+[a-z]/.test(after) &&
      !/^\s+(?:is|and|or|because|since)\b/.test(after)
    )
      continue;
    if (letter === 'I' && !bracketed) continue;
    named.add(letter);
    if (SETTLED.test(before)) settled.push(letter);
  }
  if (named.size === 1) return [...named][0];
  if (new Set(settled).size === 1) return settled[0];
  // "C is tempting, but the right one is A": the last clause decides.
  const turn = /^.*(?:,\s|\b)(?<!\b(?:all|no|any\w*|every\w*|nothing)\s)(?:but|however|instead)\b/isu.exec(
    text,
  );
  return turn === null ? undefined : choiceIn(text.slice(turn[0].length));
}
