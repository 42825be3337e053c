/**
 * The state that passes from one outer step to the next, and how long the students of a step train. Pure; the steps
 * are in outer-loop.ts.
 */
import type { CheckpointRef, PromotedDataset, RunReport, Stopped } from '@soar/contracts';
import { InvariantError } from '@soar/core';
import type { RunContext } from './run-context.js';

/** The state between two outer steps. */
export interface LoopState {
  /** phi: the teacher's policy. */
  readonly teacher: CheckpointRef;
  /** theta: the baseline that every student starts from and is measured against. */
  readonly student: CheckpointRef;
  /** D_best: datasets that earned a promotion, in order. */
  readonly best: readonly PromotedDataset[];
  /** The students that were promoted, in order. */
  readonly promoted: readonly CheckpointRef[];
  /** Why the loop ended before its last step. */
  readonly stopped?: Stopped;
}

/** Before the first step: teacher and student are the base. */
export function firstState({ base }: Pick<RunContext, 'base'>): LoopState {
  return { teacher: base, student: base, best: [], promoted: [] };
}

/** The state after a step. Only a promotion changes theta; the other students of the step are dropped. */
export function advance(state: LoopState, part: RunReport): LoopState {
  const step = part.steps[0];
  if (step?.teacher === undefined || step.student === undefined) {
    throw new InvariantError('outer loop: the report of an outer step lacks its teacher or its student');
  }
  const promotion = step.score?.promotion?.checkpoint;
  return {
    teacher: step.teacher,
    student: step.student,
    best: [...state.best, ...part.promotionQuestions],
    promoted: promotion === undefined ? state.promoted : [...state.promoted, promotion],
  };
}

/** Steps of an inner loop: a few more after a promotion (paper, section 3). */
export function innerSteps({ config: { student } }: RunContext, promotions: number): number {
  const times = student.stepsAfterEveryPromotion ? promotions : Math.min(promotions, 1);
  return student.steps + times * student.stepsAfterPromotion;
}
