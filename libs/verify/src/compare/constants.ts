/**
 * Constants of integration: `C_1 e^x + C_2 e^{-x}` is `C_2 e^x + C_1 e^{-x}`. Which of two arbitrary constants has
 * which index does not matter; other names with an index are what they are.
 */
import type { Expression } from '../expression.js';
import { renameSymbols } from '../walk.js';
import { freeNames } from './names.js';

const CONSTANT = /^[CcKk]_\{?\d\}?$/;

/** `answer` with its constants in every other order, where both sides have the same two or three. */
export function reordered(gold: Expression, answer: Expression): readonly Expression[] {
  const [g, a] = [constantsOf(gold), constantsOf(answer)];
  if (g.length < 2 || g.length > 3 || g.join() !== a.join()) return [];
  return permutations(g)
    .filter((order) => order.join() !== g.join())
    .map((order) => renameSymbols(answer, new Map(g.map((name, i) => [name, order[i]!]))));
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
