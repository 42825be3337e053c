/**
 * The problem pool: the unique problems from which `soar screen` picks the ones the base model never solves; and the
 * curated problems, easier ones with exact answers.
 *
 * Problems have their own random address, separate from every pre-training text. No teacher sees them.
 */
import { arithmeticGrammar as grammar } from '@soar/domains';
import { invariant, Random } from '@soar/core';
import type { Task } from './task.js';
import { drawQuestion } from './texts.js';

export interface Problem {
  /** Unique inside its set and stable for a task: kind and number, e.g. `sum6-0042`. */
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  /** The domain's label, e.g. `6 operands`. */
  readonly kind: string;
}

/**
 * The problems from which the hard set is screened, one part of the pool after the other. A pure function of the task.
 */
export function problemPool(task: Task): Problem[] {
  return problemsOf(task, 'pool');
}

/** The curated easier problems, likewise. */
export function curatedProblems(task: Task): Problem[] {
  return problemsOf(task, 'curated');
}

function problemsOf(task: Task, set: 'pool' | 'curated'): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [part, { operator, operands: count, count: wanted }] of task[set].entries()) {
    const random = Random.of(task.seed).at(set, part);
    // Duplicates are skipped; the bound only guards against a pool larger than the number of distinct problems.
    for (let draw = 0, made = 0; made < wanted; draw++) {
      invariant(
        draw < 100 * wanted,
        () => `${set}, part ${part}: no ${wanted} different problems of ${count} operands`,
      );
      const drawn = drawQuestion(operator, count, random.at(draw));
      const question = grammar.spell(drawn);
      if (seen.has(question)) continue;
      seen.add(question);
      const kind = grammar.kindOf(drawn);
      const id = `${grammar.nameOf(operator)}${count}-${String(made).padStart(4, '0')}`;
      problems.push({ id, question, answer: grammar.answerOf(drawn), kind });
      made++;
    }
  }
  return problems;
}
