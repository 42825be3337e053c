/**
 * How much of a run or a comparison a piece of work is, counted in answers: one that is sampled is one, one that is
 * also trained on is several. Rough, and enough for the time left: how long an answer takes is measured as work goes.
 */
import type { RunConfig } from '@soar/contracts';
import type { Work } from '../plan/workload.js';

/** A training step samples an answer, and then goes through it forwards and backwards. */
const TRAINED = 2.5;

/** All of a kind of work, with the fewest steps that it can have. */
export function weightOf(work: Work, config: RunConfig): number {
  return work.times.least * onceOf(work, config);
}

function onceOf(work: Work, { student }: RunConfig): number {
  if (work.kind === 'sampling') return work.rows;
  if (work.kind === 'update') return TRAINED * work.rollouts;
  const answers = (student?.rl?.questionsPerStep ?? 0) * work.groupSize;
  return work.count * (TRAINED * work.steps.least * answers + work.evaluated.rows);
}
