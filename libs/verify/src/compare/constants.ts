/**
 * Constants of integration: `C_1 e^x + C_2 e^{-x}` is `C_2 e^x + C_1 e^{-x}`, and `x^2 + C` is `x^2 + K`. Which of two
 * arbitrary constants has which index does not matter; other names with an index are what they are.
 */
import type { Expression } from '../expression.js';
import { renameSymbols } from '../walk.js';
import { freeNames } from './names.js';

const CONSTANT = /^[CcKk]_\{?\d\}?$/;

/** `answer` with its constants in every other order, where both sides have the same two or three. */
export function reordered(gold: Expression, answer: Expression): readonly Expression[] {
  const [c, k] = [addedConstant(gold), addedConstant(answer)];
  if (c !== undefined && k !== undefined && c !== k && !freeNames(answer).has(c) && !freeNames(gold).has(k))
    return [renameSymbols(answer, new Map([[k, c]]))];
  const [g, a] = [constantsOf(gold), constantsOf(answer)];
  if (g.length < 2 || g.length > 3 || g.join() !== a.join()) return [];
  return permutations(g)
    .filter((order) => order.join() !== g.join())
    .map((order) => renameSymbols(answer, new Map(g.map((name, i) => [name, order[i]!]))));
}

/** The C of `x^2 + C`: the one term of a sum with other names that is such a letter by itself. */
function addedConstant(expression: Expression): string | undefined {
  const sum = expression.kind === 'relation' ? expression.sides.at(-1)! : expression;
  if (sum.kind !== 'add' || freeNames(sum).size < 2) return undefined;
  const letters = sum.terms.filter((term) => term.kind === 'symbol' && /^[CcKk]$/.test(term.name));
  return letters.length === 1 ? (letters[0] as { name: string }).name : undefined;
}

function constantsOf(expression: Expression): readonly string[] {
  return [...freeNames(expression)].filter((name) => CONSTANT.test(name)).sort();
}

function permutations(names: readonly string[]): readonly (readonly string[])[] {
  if (names.length < 2) return [names];
  return names.flatMap((first, i) =>
    permutations(names.filter((_, j) => j !== i)).map((rest) => [first, ...rest]),
  );
}
