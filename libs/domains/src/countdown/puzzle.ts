/**
 * A puzzle: numbers and a target; its notation in questions and golds, and a search for a solution.
 *
 * A gold is either a puzzle (`46 from 3, 7, 25`, as data sets give it) or a solution of one (`25 + 3 * 7`), which says
 * both what the numbers are and what the target is. So verification needs no question.
 */
import { rational } from '@soar/verify';
import { readFormula } from './formula.js';

export interface Puzzle {
  readonly target: bigint;
  /** Ascending. */
  readonly numbers: readonly bigint[];
}

/** Numbers a puzzle may have. */
const NUMBERS_MAX = 8;

/** The puzzle that a gold states or solves; undefined when it is neither. */
export function puzzleOf(gold: string): Puzzle | undefined {
  const stated = /^\s*(\d{1,12})\s+from\s+([\d,\s]{1,200})$/.exec(gold);
  if (stated !== null) return puzzle(BigInt(stated[1]!), stated[2]!.match(/\d{1,12}/g) ?? []);
  const formula = readFormula(gold);
  if (formula === undefined || formula.value.d !== 1n || formula.value.n < 0n) return undefined;
  return formula.numbers.length >= 2 && formula.numbers.length <= NUMBERS_MAX
    ? { target: formula.value.n, numbers: formula.numbers }
    : undefined;
}

/** The puzzle that a question poses: `Numbers: 3, 7, 25. Target: 46.` */
export function puzzleInQuestion(question: string): Puzzle | undefined {
  const numbers = /numbers?:?\s*([\d,\s]{1,200}?)(?:\.|;|\n|and\b|target)/i.exec(question);
  const target = /target:?\s*(\d{1,12})/i.exec(question);
  if (numbers === null || target === null) return undefined;
  return puzzle(BigInt(target[1]!), numbers[1]!.match(/\d{1,12}/g) ?? []);
}

function puzzle(target: bigint, numerals: readonly string[]): Puzzle | undefined {
  if (numerals.length < 2 || numerals.length > NUMBERS_MAX) return undefined;
  const numbers = numerals.map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return { target, numbers };
}

/** `46 from 3, 7, 25`. */
export function puzzleText({ target, numbers }: Puzzle): string {
  return `${target} from ${numbers.join(', ')}`;
}

/** Whether `formula` uses exactly the numbers of `puzzle` and reaches its target. */
export function solves(formula: string, { target, numbers }: Puzzle): boolean {
  const read = readFormula(formula);
  if (read === undefined || read.numbers.length !== numbers.length) return false;
  return read.value.d === 1n && read.value.n === target && read.numbers.every((n, i) => n === numbers[i]);
}

/** Numbers up to which the search is complete. */
const SEARCH_NUMBERS_MAX = 5;

interface Partial {
  readonly value: rational.Rational;
  readonly text: string;
}

/** A solution found by combining two numbers at a time; undefined without one, or with too many numbers. */
export function solve({ target, numbers }: Puzzle): string | undefined {
  if (numbers.length > SEARCH_NUMBERS_MAX) return undefined;
  const found = search(numbers.map((n) => ({ value: { n, d: 1n }, text: n.toString() })));
  return found?.replace(/^\((.*)\)$/, '$1');

  function search(parts: readonly Partial[]): string | undefined {
    if (parts.length === 1) {
      const { value, text } = parts[0]!;
      return value.d === 1n && value.n === target ? text : undefined;
    }
    for (let i = 0; i < parts.length; i++) {
      for (let j = 0; j < parts.length; j++) {
        if (i === j) continue;
        const rest = parts.filter((_, k) => k !== i && k !== j);
        for (const combined of combinations(parts[i]!, parts[j]!, i < j)) {
          const solution = search([...rest, combined]);
          if (solution !== undefined) return solution;
        }
      }
    }
    return undefined;
  }
}

/** a op b; the commutative operations only once per pair. */
function combinations(a: Partial, b: Partial, first: boolean): Partial[] {
  const results: Partial[] = [];
  const push = (value: rational.Rational | undefined, operator: string): void => {
    if (value !== undefined) results.push({ value, text: `(${a.text} ${operator} ${b.text})` });
  };
  if (first) {
    push(rational.add(a.value, b.value), '+');
    push(rational.multiply(a.value, b.value), '*');
  }
  push(rational.add(a.value, rational.negate(b.value)), '-');
  push(rational.divide(a.value, b.value), '/');
  return results;
}
