/**
 * Values with their names in words: `\text{Kim: }17, \text{Raj: }22`, `\text{amplitude }4, \text{period }\pi`, and a
 * quantity with its direction in front, `\text{a loss of }\$60`. A name says what its value is; words that do something
 * to the value (`\text{more than }4`, `\text{square root of }4`) are no name.
 */
import { isSign } from '../compare/words.js';
import type { Expression } from '../expression.js';
import { isDoubtful } from '../extract/doubts.js';

/** Words that compute, compare or bound. */
const OPERATES = new RegExp(
  String.raw`\b(?:more|less|fewer|greater|smaller|least|most|than|negative|minus|plus|times|square|root|cube|twice` +
    String.raw`|double|half|third|quarter|log|about|over|under|above|below|between|up to|not|no|if|without|except` +
    String.raw`|percent|power|factor|multiple|divisor|mod|or)\b`,
  'i',
);

/** The name that `words` in front of a value give it; undefined where they are no name. */
export function labelOf(words: string): Expression | undefined {
  const name = words
    .replace(/[:=.,\s]+$/, '')
    .replace(/^(?:and|the|an?|with|then)\s+/i, '')
    .replace(/\s+(?:is|are|has|have|was|were|equals?|gets?|of)$/i, '')
    .trim();
  if (!/^\p{L}[\p{L}\s'’.-]{0,40}$/u.test(name) || OPERATES.test(name) || isDoubtful(name)) return undefined;
  return { kind: 'text', words: name.toLowerCase() };
}

/** The word of `a loss of`, before a value; undefined for anything else. */
export function directionOf(words: string): string | undefined {
  const word = /^(?:an? |the )?(\p{L}+) of$/u.exec(words.trim())?.[1];
  return word !== undefined && (isSign(word) || /^(?:discount|markup)$/.test(word)) ? word : undefined;
}

/** Whether all items are named values with different names: a name in front of a single value is not understood. */
export function areLabelled(items: readonly Expression[]): boolean {
  const names = items.map((item) =>
    isLabelled(item) ? (item.sides[0] as { words: string }).words : undefined,
  );
  return (
    items.length > 1 && names.every((name) => name !== undefined) && new Set(names).size === items.length
  );
}

/** Whether the expression is a value with a name in words. */
export function isLabelled(item: Expression): item is Expression & { kind: 'relation' } {
  return item.kind === 'relation' && item.labelled === true;
}
