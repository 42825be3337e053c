/** An outer step or an arm as one line, shown while a run is watched. */
import type { ArmReport, OuterStepReport } from '@soar/contracts';
import { percent } from './report-table.js';

/**
 * "outer step 3: mean reward +0.047, moving average +0.020, 64 of 81 rollouts well-formed, promoted a student of
 * dataset 2".
 */
export function describeStep(step: OuterStepReport): string {
  const rejected = Object.values(step.rejections).reduce((sum, n) => sum + n, 0);
  const parts: string[] = [];
  if (step.score !== undefined) {
    parts.push(
      `mean reward ${signed(step.score.meanReward)}`,
      `moving average ${signed(step.score.movingAverage)}`,
    );
  }
  parts.push(`${step.rolloutsSampled - rejected} of ${step.rolloutsSampled} rollouts well-formed`);
  if (step.correctAnswers !== undefined)
    parts.push(`${percent(step.correctAnswers)} of stated answers right`);
  const promotion = step.score?.promotion;
  if (promotion !== undefined) parts.push(`promoted a student of dataset ${promotion.datasetIndex}`);
  return `outer step ${step.outerStep}: ${parts.join(', ')}`;
}

/** "hard-only: pass@1 0.1 %, pass@32 2.3 %". */
export function describeArm(arm: ArmReport): string {
  const shares = Object.entries(arm.passAtK).sort(([a], [b]) => Number(a) - Number(b));
  return `${arm.name}: ${shares.map(([k, share]) => `pass@${k} ${percent(share)}`).join(', ')}`;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}
