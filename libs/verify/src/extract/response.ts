/**
 * From a response to the text of its answer, by rules in a fixed order; the first rule that finds something decides,
 * and is reported. No rule depends on the gold answer, except on whether it is a choice letter.
 *
 *   boxed    the last balanced \boxed{}; boxes that only commas, "and" or a name join are one list
 *   phrase   "the answer is", "####", and the like in other languages
 *   letter   the choice letter that a sentence settles on (only where the gold is one)
 *   whole    a response that is nothing but an answer
 *   math     the formula that the last sentence with a value states
 *   number   the number that it states
 *   statement  what the last sentence says in words or of several things (only where the gold is in words or lists)
 */
import { isBare } from './bare.js';
import type { Beside } from './beside.js';
import { boxesOf, closingBrace, opensBox, type Box } from './boxes.js';
import { choiceIn, choiceOf } from './choices.js';
import { formulasOf } from './formulas.js';
import { afterLastPhrase } from './phrases.js';
import { afterRefusal, afterRetraction, isUnsettled, isWithdrawn } from './retractions.js';
import { spokenOperation } from './spoken.js';
import { CONNECTIVES } from './connectives.js';
import { answerIn, hasValue, sentencesOf } from './sentences.js';
import { namedValuesIn, wordsStatedIn } from './statements.js';

export type Rule = 'boxed' | 'phrase' | 'whole' | 'letter' | 'math' | 'number' | 'statement';

export interface Extracted {
  readonly rule: Rule;
  readonly text: string;
  /** Words beside the value in its sentence. They count where the gold has words. */
  readonly beside?: Beside;
}

/** The end of a response that is read, in UTF-16 units. */
const RESPONSE_TAIL = 65_536;
/** A response without a box is searched for phrases, formulas and numbers only in its last part. */
const PROSE_TAIL = 8192;

/** What kind of answer is looked for, from the gold: a choice letter, words, several named values, any value. */
export type Wanted = 'letter' | 'words' | 'named values' | 'value';

/** The answer in `response`; undefined when no rule finds one. */
export function extract(response: string, boxedOnly: boolean, wanted: Wanted): Extracted | undefined {
  if (isCutInBox(response)) return undefined;
  const answered = withoutThinking(response.slice(-RESPONSE_TAIL));
  if (answered === undefined) return undefined;
  const text = insideAnswerTag(answered);
  const boxed = boxedAnswer(text);
  if (boxed !== undefined) return { rule: 'boxed', text: boxed };
  // An unclosed box is a broken answer; no part of it is used.
  if (boxedOnly || opensBox(text)) return undefined;
  const prose = proseOf(text);
  const stated = fromProse(prose, wanted === 'letter');
  if (wanted !== 'words' && wanted !== 'named values') return stated;
  return stated?.rule === 'whole' ? stated : (fromStatement(prose, wanted) ?? stated);
}

/** Whether the part that is read starts inside a box: then it starts with a part of an answer. */
function isCutInBox(response: string): boolean {
  const cut = response.length - RESPONSE_TAIL;
  if (cut <= 0) return false;
  const opened = Math.max(response.lastIndexOf('\\boxed', cut), response.lastIndexOf('\\fbox', cut));
  if (opened < 0 || opensBox(response.slice(cut))) return false;
  const brace = response.indexOf('{', opened);
  const closed = brace < 0 || brace > opened + 16 ? opened : closingBrace(response, brace);
  return closed < 0 || closed >= cut;
}

/** The end of a text, from the first whole formula on. */
function proseOf(text: string): string {
  const cut = text.length - PROSE_TAIL;
  if (cut <= 0) return text.trim();
  const around = formulasOf(text).find(({ start, end }) => start < cut && end > cut);
  return text.slice(around?.end ?? cut).trim();
}

/** A closed `<think>` block is dropped; one that never closes leaves no answer. */
function withoutThinking(text: string): string | undefined {
  const lower = text.toLowerCase();
  const closed = lower.lastIndexOf('</think>');
  if (closed < 0) return lower.includes('<think>') ? undefined : text;
  return lower.includes('<think>', closed) ? undefined : text.slice(closed + '</think>'.length);
}

/** The content of the last `<answer>` tag, closed or running to the end; the text itself without one. */
function insideAnswerTag(text: string): string {
  const lower = text.toLowerCase();
  const opened = lower.lastIndexOf('<answer>');
  if (opened < 0) return text;
  const from = opened + '<answer>'.length;
  const closed = lower.indexOf('</answer>', from);
  return text.slice(from, closed < 0 ? undefined : closed);
}

/* Boxes */

/**
 * Text allowed between two boxes of one list: punctuation, "and", one word before it, and a name before the next box.
 */
const BETWEEN = new RegExp(
  String.raw`^(?:[\s$,;.&]|\\[()[\],;:!]|\\\\|\\q?quad|\\text\s?\{\s*(?:(?:for|in` +
    String.raw`|as)\s[^{}]{1,24}\s)?(?:and|or)\s*,?\s*\}|\b(?:and|or)\b` +
    String.raw`|(?:\\text\s?\{)?[a-z]{1,12}\}?\s(?=and\b)|[A-Za-z](?:_\{?\w{1,3}\}?)?\s?=)*$`,
);
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

/** `Yes, it is.`: one sentence without numbers that opens with the answer to its question. */
const YES_OR_NO = /^\W{0,4}(yes|no|true|false)\b[,.;:!—-][^.\d\n$\\]{0,120}\.?\W{0,4}$/i;

function fromProse(text: string, choice: boolean, depth = 0): Extracted | undefined {
  if (text === '' || depth > RETRACTIONS_MAX) return undefined;
  const announced = afterLastPhrase(text);
  if (announced !== undefined) {
    const [first = '', ...rest] = sentencesOf(announced.text);
    const behind = announced.text.slice(announced.text.indexOf(first) + first.length);
    const retracted = afterRetraction(announced.text);
    if (retracted !== undefined) return fromProse(retracted, choice, depth + 1);
    const letter = choice ? choiceIn(first) : undefined;
    if (letter !== undefined) return { rule: 'phrase', text: letter };
    const other = OTHER_CASE.exec(first);
    if (other !== null && !choice) return fromProse(first.slice(other.index + 1), choice, depth + 1);
    const spoken = choice ? undefined : spokenOperation(first);
    if (spoken !== undefined) return isUnsettled(behind, rest) ? undefined : { rule: 'phrase', text: spoken };
    const answer = answerIn(first, announced.strict ? 'strict' : 'announced');
    if (answer !== undefined) return isUnsettled(behind, rest) ? undefined : { ...answer, rule: 'phrase' };
    // An announced value whose words are not understood is no answer; without a value the text below may have it.
    if (hasValue(first) && !choice) return undefined;
    if (rest.length === 0 && first !== '' && !choice) return undefined;
  }
  const plain = text.replace(CONNECTIVES, '');
  const own = choice ? choiceOf(text) : undefined;
  const letter = choice && own === undefined ? letterIn(sentencesOf(text)) : undefined;
  if (letter !== undefined) return { rule: 'letter', text: letter };
  if (isBare(plain)) return { rule: 'whole', text: plain };
  const word = YES_OR_NO.exec(text)?.[1];
  if (word !== undefined) return { rule: 'whole', text: word };
  if (own !== undefined) return { rule: 'letter', text: own };
  if (choice) return undefined;
  return fromConclusion(text);
}

/** "without jokers it would be 52; with them it is 54": the last clause. */
function fromLastClause(sentence: string): ReturnType<typeof answerIn> {
  const at = sentence.lastIndexOf('; ');
  return at < 0 ? undefined : answerIn(sentence.slice(at + 1), 'none');
}

/** What the last sentence says in words, or of several things. */
function fromStatement(text: string, wanted: 'words' | 'named values'): Extracted | undefined {
  const last = sentencesOf(text).at(-1);
  if (last === undefined || afterRetraction(last) !== undefined || isWithdrawn([last])) return undefined;
  const stated = wanted === 'words' ? wordsStatedIn(last) : namedValuesIn(last);
  return stated === undefined ? undefined : { rule: 'statement', text: stated };
}

/** "the answer is 5; for n = 4 it is 9": a second statement behind the announced one. */
const OTHER_CASE = /[;—](?=[^;]*\b(?:it is|it['’]s|the answer is|we get|equals)\s[$\\(]{0,2}-?\d)/i;

/** The letter that the text chooses, or its last sentence where the text as a whole supposes or denies. */
function letterIn(sentences: readonly string[]): string | undefined {
  return choiceIn(sentences.join('. ')) ?? choiceIn(sentences.at(-1) ?? '');
}

/** Answers that a text may take back. */
const RETRACTIONS_MAX = 4;

/**
 * The last sentence that answers anything: it may be followed by wishes ("I hope it is correct"), but not by its
 * retraction.
 */
function fromConclusion(text: string): Extracted | undefined {
  for (const sentence of sentencesOf(text).reverse()) {
    const rest = afterRefusal(sentence);
    const found =
      answerIn(rest ?? sentence, 'none') ?? (rest === undefined ? fromLastClause(sentence) : undefined);
    if (found !== undefined && (found.source !== 'whole' || /\d/.test(found.text)))
      return { ...found, rule: found.source === 'math' ? 'math' : 'number' };
    if (rest !== undefined || isWithdrawn([sentence])) return undefined;
  }
  return undefined;
}
