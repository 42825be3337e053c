/**
 * Reading a gold answer. It is mostly the answer itself, but data sets also give whole sentences and boxes: then it
 * is extracted like a response. No attack is expected here, so this is more lenient than extract/response.ts.
 */
import type { Budget } from './budget.js';
import { choiceOf } from './extract/choices.js';
import { afterLastPhrase } from './extract/phrases.js';
import { boxedAnswer, extract } from './extract/response.js';
import { sentencesOf } from './extract/sentences.js';
import { parse, type Parsed } from './latex/parse.js';

export interface Gold {
  /** The text read as the answer. */
  readonly text: string;
  /** Its choice letter, if it is one. */
  readonly choice: string | undefined;
  readonly parsed: Parsed;
}

/** Longest gold answer, in UTF-16 units. */
const GOLD_LENGTH_MAX = 65_536;

/** Reads `gold`. Throws only BudgetSpent. */
export function readGold(gold: string, budget: Budget): Gold {
  const trimmed = gold.slice(0, GOLD_LENGTH_MAX).trim();
  const plain = /\\\\boxed/.test(trimmed) ? trimmed.replaceAll('\\\\', '\\') : trimmed;
  const boxed = boxedAnswer(plain);
  if (boxed !== undefined) return read(boxed, budget);
  const announced = /\banswer/i.test(plain) ? afterLastPhrase(plain)?.text : undefined;
  if (announced !== undefined) return read(sentencesOf(announced)[0] ?? announced, budget);
  const whole = read(plain, budget);
  if (whole.parsed.ok || whole.choice !== undefined) return whole;
  const found = extract(plain, false, 'value');
  if (found === undefined || found.rule === 'number') return whole;
  const inside = read(found.text, budget);
  return inside.parsed.ok ? inside : whole;
}

function read(text: string, budget: Budget): Gold {
  return { text, choice: choiceOf(text), parsed: parse(text, budget) };
}
