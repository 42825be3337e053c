/**
 * The two entries of this package: `verify` grades a response against a gold answer, `parseAnswer` reads an answer.
 *
 * Both are total functions: any two texts give a value, nothing is thrown, and the result depends on the arguments
 * alone (no clock, no random numbers, no state).
 */
import { Budget, BudgetSpent } from './budget.js';
import { isSign } from './compare/words.js';
import { renamed } from './compare/renaming.js';
import { compareAnswers } from './compare/answers.js';
import type { Decision } from './compare/decision.js';
import { choiceOf } from './extract/choices.js';
import { isAmbiguous } from './extract/beside.js';
import { extract, type Extracted, type Wanted } from './extract/response.js';
import { readGold, type Gold } from './gold.js';
import type { Expression } from './expression.js';
import { canonicalText } from './latex/canonical.js';
import { isLabelled } from './latex/labels.js';
import { parse } from './latex/parse.js';
import { DEFAULTS, type Policies, type VerifyOptions } from './options.js';
import type { Verdict, Verification } from './verdict.js';
import { contains } from './walk.js';

/** Judges `response` against `gold`. Never throws. */
export function verify(gold: string, response: string, options: VerifyOptions = {}): Verification {
  const policies: Policies = { ...DEFAULTS, ...options };
  const budget = new Budget();
  let found: Extracted | undefined;
  try {
    const reference = readGold(gold, budget);
    found = extract(response, policies.extraction === 'boxed', wantedFor(reference));
    if (found === undefined) return result('NO_ANSWER', undefined, 'extract:none', gold);
    const { verdict, stage } = judge(reference, found, policies, budget);
    return result(verdict, found, `extract:${found.rule} ${stage}`, gold);
  } catch (failure) {
    // Stack overflow cannot happen below the depth limit; if it did, the answer would be undecided as well.
    if (!(failure instanceof BudgetSpent || failure instanceof RangeError)) throw failure;
    return result('UNDECIDED', found, 'budget', gold);
  }
}

function judge(
  gold: Gold,
  found: Extracted,
  policies: Policies,
  budget: Budget,
): { verdict: Verdict; stage: string } {
  const text = canonicalText(gold.text);
  const sameText = text === canonicalText(found.text) && /[\p{L}\d]/u.test(text);
  if (sameText && (policies.stringShortCut || !gold.parsed.ok))
    return { verdict: 'CORRECT', stage: 'equal:string' };
  if (gold.choice !== undefined) {
    const letter = choiceOf(found.text);
    if (letter !== undefined) {
      return { verdict: letter === gold.choice ? 'CORRECT' : 'INCORRECT', stage: 'equal:choice' };
    }
  }
  if (!gold.parsed.ok) return { verdict: 'GOLD_UNPARSEABLE', stage: 'parse:gold' };
  const answer = parse(textFor(gold.parsed.value, found), budget);
  if (!answer.ok) return { verdict: 'INCORRECT', stage: 'parse:answer' };
  const value = policies.strict ? answer.value : renamed(answer.value, gold.parsed.value);
  const decision = compareAnswers(gold.parsed.value, value, policies, budget);
  return { verdict: VERDICTS[decision.outcome], stage: `equal:${decision.by}` };
}

/** What kind of answer the gold asks for. */
function wantedFor({ choice, parsed }: Gold): Wanted {
  if (choice !== undefined) return 'letter';
  if (!parsed.ok) return 'value';
  if (parsed.value.kind === 'text') return 'words';
  const isNamedList =
    parsed.value.kind === 'list' && parsed.value.items.some((item) => isNamed(item) || isLabelled(item));
  return isNamedList ? 'named values' : 'value';
}

/** The text of the answer, with the words beside it where the gold has words. */
function textFor(gold: Expression, { text, beside }: Extracted): string {
  if (beside === undefined || !contains(gold, isNamed)) return text;
  const isSigned = contains(gold, hasSign);
  const behind = isSigned ? beside.behind : withoutAmbiguous(beside.behind);
  const words = `${isSigned ? beside.signs : ''} ${behind}`.trim();
  return words === '' ? text : `${text}\\text{ ${words}}`;
}

/** "30 dollars more": up to the first word that may belong to the sentence. */
function withoutAmbiguous(words: string): string {
  const all = words.split(' ');
  const at = all.findIndex(isAmbiguous);
  return (at < 0 ? all : all.slice(0, at)).join(' ');
}

const isNamed = ({ kind }: Expression): boolean =>
  kind === 'quantity' || kind === 'percent' || kind === 'degrees';

const hasSign = (part: Expression): boolean =>
  part.kind === 'quantity' && part.unit.split(/\s+/).some(isSign);

const VERDICTS: Record<Decision['outcome'], Verdict> = {
  equal: 'CORRECT',
  different: 'INCORRECT',
  undecided: 'UNDECIDED',
};

function result(verdict: Verdict, found: Extracted | undefined, stage: string, gold: string): Verification {
  const needle = canonicalText(gold);
  return {
    verdict,
    extracted: found?.text,
    stage,
    boxed: found?.rule === 'boxed',
    goldOccurs: found !== undefined && needle !== '' && canonicalText(found.text).includes(needle),
  };
}

/**
 * Outcome of `parseAnswer`. `canonical` is a normal form of the notation, not of the mathematics: 1/2 and 0.5 differ.
 */
export type AnswerReading =
  | { readonly ok: true; readonly canonical: string }
  | { readonly ok: false; readonly reason: string };

/** Reads a stated answer as a gold answer is read. Never throws. */
export function parseAnswer(answer: string): AnswerReading {
  try {
    const gold = readGold(answer, new Budget());
    if (gold.parsed.ok) return { ok: true, canonical: canonicalText(gold.text) };
    return { ok: false, reason: gold.parsed.reason };
  } catch (failure) {
    if (!(failure instanceof BudgetSpent || failure instanceof RangeError)) throw failure;
    return { ok: false, reason: 'the answer takes too long to read' };
  }
}
