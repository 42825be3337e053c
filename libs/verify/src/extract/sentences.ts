/**
 * Splits a text into sentences, keeping formulas whole, and finds the answer in a sentence.
 *
 * A sentence answers with what follows its verb ("The largest $n$ is 34", not $n$), otherwise with its last formula
 * or number. Reasons ("since 3 + 2 = 5") and denied statements answer nothing.
 */
import { isBare } from './bare.js';
import { completed, isUnderstood, withForeignNoun, wordsBeside, type Beside } from './beside.js';
import { CONNECTIVES } from './connectives.js';
import { isDoubted } from './doubts.js';
import { formulasOf, type Formula } from './formulas.js';
import { FOREIGN, isGoverned } from './governed.js';
import { isDenied, isRuledOut } from './negation.js';
import { numbersIn } from './numbers.js';
import { isOperand } from './operations.js';
import { anyOf } from './pattern.js';
import { mentionsAnswer } from './phrases.js';
import type { Span } from './spans.js';

export type Source = 'whole' | 'math' | 'number';

export interface Found {
  readonly text: string;
  readonly source: Source;
  readonly beside?: Beside;
}

/** Sentences of `text`, without the formulas' own full stops and line ends. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  const formulas = formulasOf(text);
  let next = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    while (next < formulas.length && formulas[next]!.end <= i) next++;
    const formula = formulas[next];
    if (formula !== undefined && i >= formula.start) {
      i = formula.end - 1;
      continue;
    }
    if (endsSentence(text, i)) {
      // A question states nothing.
      if (!/[?？؟]/.test(text[i]!)) sentences.push(text.slice(from, i));
      from = i + 1;
    }
  }
  sentences.push(text.slice(from));
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== '');
}

function endsSentence(text: string, at: number): boolean {
  const c = text[at]!;
  if (c === '\n' || c === '。' || c === '।' || c === '؟' || c === '?' || c === '？' || c === '!')
    return c !== '!' || (!/[\d)\]}]/.test(text[at - 1] ?? '') && /^!(?:\s|$)/.test(text.slice(at, at + 2)));
  if (c !== '.') return false;
  const isInside = /[\d.]/.test(text[at + 1] ?? '') || text[at - 1] === '.';
  return !isInside && !/(?:^|[\d\s])[ap](?:\.\s?m)?$/i.test(text.slice(Math.max(0, at - 5), at));
}

/** Words that introduce a reason or a condition. */
const REASON = new RegExp(
  String.raw`[,;(]?\s(?:since|because|as (?:we|it|the|there|\d)|whereas|for which|where|when|whenever|if` +
    String.raw`|provided|rather than|weil|denn|car|parce que|porque|ya que|потому|так как)\b|因为|由于`,
  'iu',
);

/** How a sentence gives its answer: by itself, announced, or announced with words that must all be understood. */
export type Announcement = 'none' | 'announced' | 'strict';

/** The answer that one sentence gives; undefined if it gives none. */
export function answerIn(sentence: string, announcement: Announcement): Found | undefined {
  const whole = sentence.replace(/\*\*/g, '').trim().replace(CONNECTIVES, '');
  const plain = isDenied(whole) ? conclusionOf(whole) : whole;
  if (plain === '' || isDenied(plain) || (announcement === 'none' && mentionsAnswer(plain))) return undefined;
  const formulas = formulasOf(plain);
  if (formulas.length === 0 && isBare(plain) && !hasNoAnswerInside(plain))
    return (
      (announcement === 'announced' ? withForeignNoun(plain) : undefined) ?? { text: plain, source: 'whole' }
    );
  const except = EXCEPT.exec(plain);
  if (except !== null && !isDoubted(plain.slice(0, except.index), ''))
    return { text: except[0], source: 'math' };
  const chosen = statedIn(plain, formulas, announcement);
  if (chosen === undefined) return undefined;
  const [before, after] = [plain.slice(0, chosen.start), plain.slice(chosen.end)];
  if (isDoubted(before, after)) return undefined;
  if (announcement === 'strict' && !isUnderstood(after)) return undefined;
  if (announcement === 'none' && (CONCLUDES.test(after) || CHANGES.test(after))) return undefined;
  const isFormula = formulas.some(({ start }) => start === chosen.start);
  const text = completed(textOf(plain, chosen, formulas), after);
  if (text === undefined) return undefined;
  return {
    text,
    source: isFormula ? 'math' : 'number',
    beside: wordsBeside(before, after),
  };
}

/** "She had 9 but spent 4": what is stated changes. */
const CHANGES = /^[^=]*(?:\bbut|\band then|,\s*then|\buntil)\b[^=]*\d/i;

/** All numbers but some, to the end of the sentence. */
const EXCEPT = new RegExp(
  String.raw`\ball real (?:numbers|values)(?: (?:of )?\$?[a-z]\$?)? (?:that are )?(?:except|` +
    String.raw`other than|but|excluding|apart from|greater than(?: or equal to)?|less than(?: or equal to)?|` +
    String.raw`more than|at least|at most)(?: for)? [$\d\\-][^a-zA-Z.]{0,60}(?:and|or)?[^a-zA-Z.]{0,30}$`,
  'i',
);

/** "She gets 7, so there are more": the text goes on to a conclusion that has no value of its own. */
const CONCLUDES =
  /(?:,|\band)\s(?:so|therefore|thus|hence)\s(?:it|he|she|they|we|there|the|this|that)\b(?!.*\d)/i;

/** The clause behind the last "so" or "but": what a supposition leads to. */
function conclusionOf(sentence: string): string {
  return /^.*,\s(?:and )?(?:so|but|therefore|thus|hence)\s(.*)$/is.exec(sentence)?.[1] ?? sentence;
}

/** The value that a sentence states. */
function statedIn(plain: string, formulas: readonly Formula[], announcement: Announcement): Span | undefined {
  const usable = valuesIn(plain, formulas).filter(
    ({ start, end }) => !isRuledOut(plain, start, end) && !isOperand(plain, start, end),
  );
  const reason = reasonIn(plain, formulas);
  const stated = usable.filter(({ start }) => start < reason);
  const leads = stated.find(({ start }) => start <= LEADS_MAX && LEADS.test(plain.slice(0, start)));
  const announced = announcement === 'none' ? undefined : leads;
  const understood = announced ?? concluded(plain, stated, formulas) ?? predicate(plain, stated, formulas);
  const isBehindClause = announcement === 'strict' && announced === undefined;
  if (isBehindClause && understood !== undefined && /[;—]/.test(plain.slice(0, understood.start)))
    return undefined;
  if (announcement === 'strict' || understood !== undefined) return understood;
  const last = stated.at(-1) ?? usable.at(-1);
  const isFormula = formulas.some(({ start }) => start === last?.start);
  if (last === undefined || announcement !== 'none' || isFormula || FOREIGN.test(plain)) return last;
  return isGoverned(plain, last) ? last : undefined;
}

/** Whether a sentence has any value, stated or not. */
export function hasValue(sentence: string): boolean {
  return valuesIn(sentence, formulasOf(sentence)).length > 0;
}

/** Formulas, those that only commas or conjunctions separate as one, and the numbers outside them. */
function valuesIn(text: string, formulas: readonly Formula[]): Span[] {
  const groups: Span[] = [];
  for (const { start, end } of formulas) {
    const last = groups.at(-1);
    const isListed =
      last !== undefined && /^\s*(?:,|and|or|,\s*and|,\s*or)\s*$/.test(text.slice(last.end, start));
    const isCondition =
      last !== undefined &&
      CONDITION.test(text.slice(last.end, start)) &&
      LIMITS.test(text.slice(start, end));
    if (isListed || isCondition) groups.splice(-1, 1, { start: last.start, end });
    else groups.push({ start, end });
  }
  return [...groups, ...numbersIn(text, formulas)].sort((a, b) => a.start - b.start);
}

/** What leads from a formula to the condition under which it holds, and what such a condition has. */
const CONDITION =
  /^,?\s*(?:with|where|when|whenever|if|for(?: (?:a(?:ll|ny)|every|each|some))?|such that|provided(?: that)?)\s*$/i;
const LIMITS = /[<>≤≥≠∈]|\\(?:in|notin|leq?|geq?|neq?|lt|gt)(?![a-z])/;

/** `12 or more` and `twice 7` are bare texts, but no answers. */
function hasNoAnswerInside(text: string): boolean {
  return numbersIn(text, []).some(
    ({ start, end }) => isRuledOut(text, start, end) || isOperand(text, start, end),
  );
}

function textOf(text: string, { start, end }: Span, formulas: readonly Formula[]): string {
  const inside = formulas.filter((formula) => formula.start >= start && formula.end <= end);
  const value = inside.length === 0 ? text.slice(start, end).trim() : joinedFormulas(text, inside);
  return APPROXIMATELY.test(text.slice(0, start)) ? `\\approx ${value}` : value;
}

/** The last row of aligned equations, without the marks of their columns; any other formula as it is. */
function lastRow(content: string): string {
  if (!/&/.test(content) || /\\begin\s?\{(?:[pbvBV]?matrix|array|cases|tabular)/.test(content))
    return content.trim();
  const rows = content
    .replace(/\\(?:begin|end)\s?\{[a-z]+\*?\}/g, '')
    .split(/\\\\(?:\[[^\]]*\])?/)
    .map((row) => row.replace(/&/g, ' ').trim())
    .filter((row) => row !== '');
  return rows.at(-1) ?? content.trim();
}

/** Formulas with what stands between them; "and" and "or" matter between inequalities alone. */
function joinedFormulas(text: string, formulas: readonly Formula[]): string {
  return formulas
    .map(({ content, start }, i) => {
      if (formulas.length === 1) return lastRow(content);
      if (i === 0) return content.trim();
      const word = /\b(and|or)\b/.exec(text.slice(formulas[i - 1]!.end, start))?.[1];
      const isOrdering = LIMITS.test(content) && LIMITS.test(formulas[0]!.content);
      return (word !== undefined && isOrdering ? ` \\text{ ${word} } ` : ', ') + content.trim();
    })
    .join('');
}

/** "about 7": the comparison decides what that is worth. */
const APPROXIMATELY = /\b(?:about|approximately|approx\.?|roughly|around)\s*$/i;

/** Index where a reason starts, outside formulas; Infinity without one. */
function reasonIn(text: string, formulas: readonly Formula[]): number {
  let masked = text;
  for (const { start, end } of formulas)
    masked = masked.slice(0, start) + '#'.repeat(end - start) + masked.slice(end);
  return REASON.exec(masked)?.index ?? Infinity;
}

/** "A board has 8 rows, hence $8 \\times 8 = 64$ squares": the chain in the last formula is the conclusion. */
function concluded(text: string, spans: readonly Span[], formulas: readonly Formula[]): Span | undefined {
  const last = spans.at(-1);
  const formula = formulas.find(({ start }) => start === last?.start);
  if (formula === undefined || !/[^<>!=]=/.test(formula.content)) return undefined;
  // "9, attained at $x = 2$"
  return /\b(?:at|for|with|by|from|on|in|of|than|where)\s*$/i.test(text.slice(0, formula.start))
    ? undefined
    : last;
}

/** Text allowed between "the answer is" and the answer. */
const LEADS = new RegExp(
  String.raw`^` +
    anyOf(String.raw`
      \s|["'*(:\x60]
      exactly|approximately|approx\.?|about|roughly|around|simply|just|only|clearly|obviously|certainly|definitely|precisely
      evidently|actually|of course
      therefore|thus|hence|indeed|then|now|donc|also|entonces|equal to|given by|as follows|below
      (?:the|an?) (?:number|value|integer|fraction|pair|point|set|interval|total|total of|ordered pair|sum total of)
      an?|the|total of|that|[A-Za-z]\s?=|\([A-J]\)|[A-J]\)
    `) +
    '*$',
  'i',
);

/** Longest such text, in UTF-16 units: the pattern may backtrack. */
const LEADS_MAX = 80;

/** Text allowed between a verb and its value. */
const ADVERBS = anyOf(`
  now|then|thus|therefore|exactly|approximately|about|simply|just|only|equal to|given by|a total of|still|also
  the (?:number|value|pair|point|set|interval)s?
  encore|toujours|noch|genau|todavía|aún|ancora|ainda|nog
`);
const BETWEEN = String.raw`\s*(?:${ADVERBS}\s+){0,3}["'*(\s]{0,3}$`;
const STATES = anyOf(`
  is|are|equals?|becomes?|be|was|were
  est|sont|ist|sind|es|son|sono|são
`);
const IS = new RegExp(String.raw`(?:\b${STATES}\b|\b(?:it|that)['’]s\b|[=:è])${BETWEEN}`, 'i');
/** Verbs that state a number; a formula after them is as often an intermediate step. */
const HAVE = anyOf(`
  needs?|has|have|had|gets?|got|paid|pays|made|makes|takes?|took|costs?|earns?|earned|spent|spends|sold
  saves?|saved|bought
  aura|auront|avait|ont|doit|reste|coûte|paie|hat|haben|kostet|zahlt|braucht|bleiben|gibt
  tiene|tendrá|hay|cuesta|gana|ha|avrà|costa|tem|terá|há|custa|heeft|kost|ma|má|har
`);
const HAS = new RegExp(String.raw`\b${HAVE}\b${BETWEEN}`, 'i');

/** The last value that directly follows a verb. */
function predicate(text: string, spans: readonly Span[], formulas: readonly Formula[]): Span | undefined {
  const follows = (verb: RegExp, { start }: Span): boolean =>
    verb.test(text.slice(Math.max(0, start - 60), start));
  const isFormula = ({ start }: Span): boolean => formulas.some((formula) => formula.start === start);
  return spans.findLast((span) => follows(IS, span) || (!isFormula(span) && follows(HAS, span)));
}
