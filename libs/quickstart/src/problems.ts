/**
 * The problem pool: the unique problems from which `soar screen` picks the ones the base model never solves.
 *
 * Problems are drawn under an address of their own, apart from every pre-training text. No teacher sees them.
 */
import { arithmetic, arithmeticGrammar as grammar } from '@soar/domains';
import { invariant, Random } from '@soar/core';
import type { Task } from './task.js';
import { drawNumber } from './texts.js';

export interface Problem {
  /** Unique inside the pool and stable for a task: number of operands and place, e.g. `sum5-0042`. */
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  /** The domain's label, e.g. `5 operands`. */
  readonly kind: string;
}

/** All problems of `task`, the parts of its pool one after the other. A pure function of the task. */
export function problemPool(task: Task): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [part, { operands: count, count: wanted }] of task.pool.entries()) {
    const random = Random.of(task.seed).at('pool', part);
    // Duplicates are skipped; the bound only guards against a pool larger than there are problems.
    for (let draw = 0, made = 0; made < wanted; draw++) {
      invariant(
        draw < 100 * wanted,
        () => `pool part ${part}: no ${wanted} different problems of ${count} operands`,
      );
      const operands = Array.from({ length: count }, (_, i) => drawNumber(random.at(draw), i));
      const question = grammar.questionOf(operands);
      if (seen.has(question)) continue;
      seen.add(question);
      const id = `sum${count}-${String(made).padStart(4, '0')}`;
      problems.push({ id, question, answer: grammar.answerOf(operands), kind: arithmetic.kindOf!(question) });
      made++;
    }
  }
  return problems;
}
