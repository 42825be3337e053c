/**
 * What metrics of a training are told apart by: its run, its arm and its base model. The contract has no field for the
 * first two; ids of trainings begin with the run or comparison, and say the arm (coordinator, journal/addresses.ts and
 * comparisons/unit-plan.ts). Other ids are a run without an arm. A base that is itself a student is `promoted`: its key
 * would be a new value at every promotion.
 */
import { attributes } from '@soar/telemetry';
import type { Model } from './checkpoints.js';

const STUDENT = /\/step-\d+\//;
const ARM_OF_STUDENT = /^student-([a-z-]+?)(?:-\d+)*$/;

/** Attributes of the training `id` from `base`. */
export function trainingLabels(id: string, { weights }: Pick<Model, 'weights'>) {
  const [run = id, unit = ''] = id.split('/');
  return {
    [attributes.runId]: run,
    [attributes.arm]: armOf(unit),
    [attributes.checkpoint]: STUDENT.test(weights.key) ? 'promoted' : weights.key,
  };
}

function armOf(unit: string): string | undefined {
  if (/^step-\d+$/.test(unit)) return 'outer-loop';
  if (unit === 'hard-only' || unit === 'pq') return unit;
  return ARM_OF_STUDENT.exec(unit)?.[1];
}
