/**
 * From a response to the text of its answer, by rules in a fixed order; the first rule that finds something decides, and is
 * reported. No rule looks at what the gold answer is worth, only at whether it is a choice letter.
 *
 *   boxed    the last balanced \boxed{}; boxes that only commas, "and" or a name join are one list
 *   phrase   "the answer is", "####", and the like in other languages
 *   letter   the choice letter that a sentence settles on (only where the gold is one)
 *   whole    a response that is nothing but an answer
 *   math     the last formula between dollar signs or \( \)
 *   number   the last number
 */
import { isBare } from './bare.js';
import { boxesOf, opensBox, type Box } from './boxes.js';
import { choiceIn, choiceOf } from './choices.js';
import { formulasOf } from './formulas.js';
import { isRuledOut } from './negation.js';
import { lastNumberIn } from './numbers.js';
import { afterLastPhrase } from './phrases.js';

export type Rule = 'boxed' | 'phrase' | 'whole' | 'letter' | 'math' | 'number';

export interface Extracted {
  readonly rule: Rule;
  readonly text: string;
}

/** The end of a response that is read, in UTF-16 units. */
export const RESPONSE_TAIL = 65_536;
/** A response without a box is searched for phrases, formulas and numbers only in its last part. */
const PROSE_TAIL = 8192;

/** The answer in `response`; undefined when no rule finds one. */
export function extract(response: string, boxedOnly: boolean, choice: boolean): Extracted | undefined {
  const answered = withoutThinking(response.slice(-RESPONSE_TAIL));
  if (answered === undefined) return undefined;
  const text = insideAnswerTag(answered);
  const boxed = boxedAnswer(text);
  if (boxed !== undefined) return { rule: 'boxed', text: boxed };
  // A box that never closes is a broken answer; its parts are none.
  return boxedOnly || opensBox(text) ? undefined : fromProse(text.slice(-PROSE_TAIL).trim(), choice);
}

/** A closed `<think>` block is dropped; one that never closes leaves no answer. */
function withoutThinking(text: string): string | undefined {
  const closed = text.lastIndexOf('</think>');
  if (closed >= 0) {
    const rest = text.slice(closed + '</think>'.length);
    return rest.includes('<think>') ? undefined : rest;
  }
  return text.includes('<think>') ? undefined : text;
}

/** The content of the last `<answer>` tag, closed or running to the end; the text itself without one. */
function insideAnswerTag(text: string): string {
  const opened = text.lastIndexOf('<answer>');
  if (opened < 0) return text;
  const from = opened + '<answer>'.length;
  const closed = text.indexOf('</answer>', from);
  return text.slice(from, closed < 0 ? undefined : closed);
}

/* Boxes */

/** What may stand between two boxes of one list: punctuation, "and", one word before it, and a name before the next box. */
const BETWEEN =
  /^(?:[\s$,;.&]|\\[()[\],;:!]|\\\\|\\q?quad|\\text\s?\{\s*(?:and|or)\s*,?\s*\}|\b(?:and|or)\b|(?:\\text\s?\{)?[a-z]{1,12}\}?\s(?=and\b)|[A-Za-z](?:_\{?\w{1,3}\}?)?\s?=)*$/;
const BETWEEN_LENGTH_MAX = 60;

/** The last box, together with those directly before it that belong to the same list. */
export function boxedAnswer(text: string): string | undefined {
  const boxes = boxesOf(text);
  const last = boxes.at(-1);
  if (last === undefined) return undefined;
  const group: Box[] = [last];
  for (let i = boxes.length - 2; i >= 0; i--) {
    const between = text.slice(boxes[i]!.end, group[0]!.start);
    if (
      between.length > BETWEEN_LENGTH_MAX ||
      !BETWEEN.test(between) ||
      /\b(?:and|or)\s+(?:and|or)\b/.test(between)
    )
      break;
    group.unshift(boxes[i]!);
  }
  // The same answer boxed twice is one answer.
  const contents = group
    .map((box) => box.content.trim())
    .filter((content, i, all) => all.indexOf(content) === i);
  return contents.join(', ');
}

/* Prose */

function fromProse(text: string, choice: boolean): Extracted | undefined {
  if (text === '') return undefined;
  const after = afterLastPhrase(text);
  if (after !== undefined) {
    const answer = choice ? (choiceIn(after) ?? answerIn(after)) : answerIn(after);
    if (answer !== undefined) return { rule: 'phrase', text: answer };
  }
  const letter = choice && choiceOf(text) === undefined ? choiceIn(text) : undefined;
  if (letter !== undefined) return { rule: 'letter', text: letter };
  const plain = text.replace(CONNECTIVES, '');
  if (isBare(plain)) return { rule: 'whole', text: plain };
  if (choice) return undefined;
  const formula = lastFormula(text);
  if (formula !== undefined) return { rule: 'math', text: formula };
  const number = lastNumberIn(text);
  return number === undefined ? undefined : { rule: 'number', text: number };
}

/** Words that only lead to an answer. */
const CONNECTIVES = /^(?:(?:therefore|thus|so|hence|then|finally|we (?:get|have|find|obtain))[,:]?\s+){1,3}/i;

/** The answer in the sentence after a phrase: its formula, the sentence itself when it is one, or its number. */
function answerIn(sentence: string): string | undefined {
  const formula = lastFormula(sentence);
  if (formula !== undefined) return formula;
  const plain = sentence.replace(/\*\*/g, '').trim();
  if (plain === '') return undefined;
  if (isBare(plain)) return plain;
  return lastNumberIn(plain);
}

/** The last formula, with those before it that only commas or conjunctions separate. */
function lastFormula(text: string): string | undefined {
  const formulas = formulasOf(text).filter((formula) => !isRuledOut(text, formula.start));
  const last = formulas.at(-1);
  if (last === undefined) return undefined;
  let from = formulas.length - 1;
  for (; from > 0; from--) {
    const between = text.slice(formulas[from - 1]!.end, formulas[from]!.start);
    if (!/^\s*(?:,|and|or|,\s*and|,\s*or)\s*$/.test(between)) break;
  }
  return formulas
    .slice(from)
    .map((formula) => formula.content.trim())
    .join(', ');
}
