/**
 * Reads the evaluations of an outer step into a grid of datasets and repeats. Inconsistent ones are refused as a
 * whole.
 *
 * The server has validated the rules of single fields; the rules between fields are here. Evaluations are matched by
 * problem id, in any order.
 */
import {
  type CheckpointRef,
  type Evaluation,
  type ProblemOutcome,
  RewardKind,
  type ScoreStepRequest,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { OuterStep } from '@soar/rl';

export interface StepEvaluations {
  readonly measured: OuterStep;
  /** Checkpoints of the students, [dataset][repeat]. */
  readonly checkpoints: readonly (readonly CheckpointRef[])[];
}

interface Student {
  readonly checkpoint: CheckpointRef;
  readonly shares: readonly number[];
}

/** Reads a request. Throws UserError INVALID_ARGUMENT naming the field at fault. */
export function readEvaluations(request: ScoreStepRequest): StepEvaluations {
  const reward = request.reward === RewardKind.LEARNABILITY ? 'learnability' : 'gain';
  if (reward === 'learnability' && request.promotion?.disabled !== true)
    refuse(
      'promotion.disabled',
      'must be true where the reward is learnability: no student is trained, so none can be promoted',
    );
  const baseline = solvedShares('baseline', request.baseline);
  const ids = [...baseline.keys()].sort();
  const students: Student[][] = [];
  request.students.forEach(({ datasetIndex, repeat, evaluation }, i) => {
    const where = `students[${i}].evaluation`;
    const shares = solvedShares(where, evaluation);
    if (reward === 'gain') checkSameProblems(where, baseline, shares);
    const checkpoint = evaluation?.checkpoint;
    if (checkpoint === undefined) refuse(`${where}.checkpoint`, 'must be set: a student may be promoted');
    const dataset = place(students, i, datasetIndex, repeat, request.students.length);
    // Gains are summed in order of problem ids. Learnability is summed in the order of its outcomes, as in rewards
    // that are already recorded: recomputing those must give the same bits.
    const ordered = reward === 'gain' ? ids.map((id) => shares.get(id)!) : [...shares.values()];
    dataset[repeat] = { checkpoint, shares: ordered };
  });
  checkGrid(students);
  return {
    measured: {
      reward,
      baseline: ids.map((id) => baseline.get(id)!),
      students: students.map((repeats) => repeats.map(({ shares }) => shares)),
      groupSize: request.groupSize || undefined,
    },
    checkpoints: students.map((repeats) => repeats.map(({ checkpoint }) => checkpoint)),
  };
}

/** Fraction of correct samples, by problem id. */
function solvedShares(where: string, evaluation: Evaluation | undefined): Map<string, number> {
  const outcomes = evaluation?.outcomes ?? [];
  if (outcomes.length === 0) refuse(`${where}.outcomes`, 'expected at least one problem, got none');
  const shares = new Map<string, number>();
  outcomes.forEach((outcome, i) => {
    const at = `${where}.outcomes[${i}]`;
    checkCounts(at, outcome);
    if (shares.has(outcome.problemId))
      refuse(at, `problem ${JSON.stringify(outcome.problemId)} is listed twice`);
    shares.set(outcome.problemId, outcome.correct / outcome.samples);
  });
  return shares;
}

function checkCounts(at: string, { samples, correct, ungraded }: ProblemOutcome): void {
  if (samples < 1) refuse(at, 'expected at least one sample, got none');
  if (correct + ungraded > samples) {
    refuse(at, `${correct} correct and ${ungraded} ungraded are more than ${samples} samples`);
  }
}

function checkSameProblems(where: string, baseline: Map<string, number>, shares: Map<string, number>): void {
  for (const id of baseline.keys()) {
    if (!shares.has(id))
      refuse(`${where}.outcomes`, `problem ${JSON.stringify(id)} of the baseline is missing`);
  }
  for (const id of shares.keys()) {
    if (!baseline.has(id))
      refuse(`${where}.outcomes`, `problem ${JSON.stringify(id)} is not in the baseline`);
  }
}

function place(students: Student[][], i: number, k: number, j: number, count: number): Student[] {
  // Bounds the size of the grid by the number of students sent, before anything is allocated.
  if (k >= count || j >= count) {
    refuse(
      `students[${i}]`,
      `dataset ${k}, repeat ${j}: expected indices from 0 without gaps, with ${count} students`,
    );
  }
  const dataset = (students[k] ??= []);
  if (dataset[j] !== undefined) refuse(`students[${i}]`, `dataset ${k}, repeat ${j} is listed twice`);
  return dataset;
}

/**
 * Checks that no cell of the grid is missing: indices run from 0 without gaps, and all datasets have equal repeats.
 */
function checkGrid(students: readonly (readonly Student[] | undefined)[]): void {
  if (students.length < 2) {
    refuse('students', `RLOO compares datasets with each other: expected at least 2, got ${students.length}`);
  }
  const repeats = Array.from(students, (dataset) => dataset?.length ?? 0).reduce((a, b) => Math.max(a, b), 0);
  for (let k = 0; k < students.length; k++) {
    for (let j = 0; j < repeats; j++) {
      if (students[k]?.[j] !== undefined) continue;
      refuse(
        'students',
        `dataset ${k}, repeat ${j} is missing: every dataset needs repeats 0 to ${repeats - 1}`,
      );
    }
  }
}

function refuse(where: string, what: string): never {
  throw new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', where);
}
