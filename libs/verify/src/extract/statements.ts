/**
 * What a sentence says beside a single value: several named values ("Mia has 16 and Leo has 20", "12 trucks and 30
 * cars"), and answers in words ("The function is increasing."). Used only where the gold has several named values, or
 * is in words.
 */
import { isDoubted } from './doubts.js';
import { formulasOf } from './formulas.js';
import { isDenied } from './negation.js';
import { CONNECTIVES } from './connectives.js';

const NAME = String.raw`(?:the |an? )?(\p{L}+(?:[ '’-]\p{L}+){0,2}?)`;
const VALUE = String.raw`(\$[^$]{1,80}\$|[-+−]?(?:\\?\$ ?)?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?)`;
const NOUN = String.raw`((?: \p{L}+){0,3}?)`;
const JOIN = String.raw`(?:, and |,? while |; | and |, )`;
const NAMED = String.raw`${NAME}(?: is| are| has| have| was| were| equals?| gets?| got| scored|:| =) ${VALUE}${NOUN}`;
const COUNTED = String.raw`${VALUE}((?: \p{L}+){1,3}?)`;
/** Items of a sentence. */
const ITEMS_MAX = 8;

/** The named values of a sentence as one list; undefined where it is nothing but them. */
export function namedValuesIn(sentence: string): string | undefined {
  const plain = sentence
    .trim()
    .replace(/[.\s]+$/, '')
    .replace(CONNECTIVES, '')
    .replace(/^(?:the )?(?:final )?answers? (?:is|are):?\s+/i, '');
  if (plain.length > 400 || isDenied(plain) || isDoubted(plain, '')) return undefined;
  return (
    inTurn(plain, NAMED, ([name, value, noun]) => `\\text{${name!}: }${bare(value!)}${unit(noun)}`) ??
    counted(plain)
  );
}

/** `There are 12 trucks and 30 cars`: the nouns name the numbers. */
function counted(plain: string): string | undefined {
  const lead = new RegExp(
    String.raw`^(?:there (?:are|were|is)|[\p{L}\s]{1,60}? (?:has|have|holds?|needs?|are|is|` +
      String.raw`contains?|buys?|bought|sold|makes?|gets?)) (?=[\d$])`,
    'iu',
  ).exec(plain);
  return inTurn(
    plain.slice(lead?.[0].length ?? 0),
    COUNTED,
    ([value, noun]) => `${bare(value!)}${unit(noun)}`,
  );
}

const bare = (value: string): string => value.replace(/^\$([^$]*)\$$/, '$1').replace(/^\$(?=\s?\d)/, '\\$$');
const unit = (noun: string | undefined): string =>
  (noun ?? '').trim() === '' ? '' : `\\text{ ${noun!.trim()}}`;

/** The items of `text`, at least two, that nothing but conjunctions separates. */
function inTurn(
  text: string,
  item: string,
  written: (groups: readonly (string | undefined)[]) => string,
): string | undefined {
  const items: string[] = [];
  let rest = text;
  while (items.length < ITEMS_MAX) {
    const found = new RegExp(`^${item}(?:${JOIN}|$)`, 'iu').exec(rest);
    if (found === null) return undefined;
    items.push(written(found.slice(1)));
    rest = rest.slice(found[0].length);
    if (rest === '') return items.length > 1 ? items.join(', ') : undefined;
  }
  return undefined;
}

/** Longest answer in words, in words. */
const WORDS_MAX = 8;
const STATES = new RegExp(
  String.raw`^(?:.{1,120}?\s)(?:is|are|was|were|reads?|spells?|becomes?|must be|will be|remains?|` +
    String.raw`equals?|lies?|falls|points)\s(?:(?:an?|the|therefore|thus|then|always|called|` +
    String.raw`said to be)\s)*(.{1,120})$`,
  'isu',
);
const NOTHING = /\b(?:there (?:is|are|exists?)|has|have|with)\s(no\s(?:\w+\s){0,2}\w+)$/i;

/** What a sentence says in words; undefined where it says a value, doubts, or says too much. */
export function wordsStatedIn(sentence: string): string | undefined {
  const plain = sentence
    .replace(/\*\*|["“”]/g, '')
    .trim()
    .replace(/[.!\s]+$/, '')
    .replace(CONNECTIVES, '');
  if (plain.length > 400 || isDenied(plain) || formulasOf(plain).some(({ end }) => end === plain.length))
    return undefined;
  const nothing = NOTHING.exec(plain);
  if (nothing !== null) return isDoubted(plain.slice(0, nothing.index), '') ? undefined : nothing[1];
  const stated = STATES.exec(plain)?.[1];
  if (stated === undefined || stated.split(/\s+/).length > WORDS_MAX) return undefined;
  if (isDoubted(plain.slice(0, -stated.length), '') || /\bnot\b|n['’]t\b/i.test(plain)) return undefined;
  return /\d/.test(stated) && !/[\\$]/.test(stated) ? `\\text{${stated}}` : stated;
}
