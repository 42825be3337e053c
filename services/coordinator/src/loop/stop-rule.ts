/**
 * Whether the climb of a run is over (RunConfig.stop_when): after a promotion the mean reward has been below a bound in
 * so many outer steps in a row. Pure: it follows from the reports of the steps alone, so a resumed run stops where an
 * undisturbed one does.
 */
import { create, type OuterStepReport, type Stopped, StoppedSchema, type StopRule } from '@soar/contracts';

/** What the rule remembers of the steps so far. */
export interface Climb {
  /** The last step with a promotion. */
  readonly promotedStep?: number;
  /** Steps in a row since then, to the last one, whose mean reward was below the bound. */
  readonly below: number;
}

export const CLIMBING: Climb = { below: 0 };

export function afterStep(climb: Climb, { outerStep, score }: OuterStepReport, rule: StopRule): Climb {
  const rewards = score?.datasets.map(({ reward }) => reward) ?? [];
  if (score?.promotion !== undefined) return { promotedStep: outerStep, below: 0 };
  if (climb.promotedStep === undefined) return climb;
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  return { ...climb, below: mean < rule.rewardBelow ? climb.below + 1 : 0 };
}

/** The end of the loop after step t, if the rule says so. */
export function stoppedAfter(t: number, { promotedStep, below }: Climb, rule: StopRule): Stopped | undefined {
  if (promotedStep === undefined || below < rule.steps) return undefined;
  const inEach = rule.steps === 1 ? 'in 1 outer step' : `in ${rule.steps} outer steps in a row`;
  return create(StoppedSchema, {
    outerStep: t,
    promotedStep,
    rule: `mean reward below ${rule.rewardBelow} ${inEach} after the last promotion`,
  });
}
