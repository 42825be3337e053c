/**
 * The lenient policy (`strict: false`): names in the answer are mapped to those in the gold, in order of appearance.
 */
import type { Expression } from '../expression.js';
import { partsOf, renameSymbols } from '../walk.js';

/** `answer` with its symbols replaced by those of `gold`, when both have equally many. */
export function renamed(answer: Expression, gold: Expression): Expression {
  const from = [...symbolsOf(answer, new Set())];
  const to = [...symbolsOf(gold, new Set())];
  if (from.length !== to.length) return answer;
  const names = new Map(from.map((name, i) => [name, to[i]!]));
  return renameSymbols(answer, names);
}

function symbolsOf(expression: Expression, into: Set<string>): Set<string> {
  if (expression.kind === 'symbol') into.add(expression.name);
  for (const part of partsOf(expression)) symbolsOf(part, into);
  return into;
}
