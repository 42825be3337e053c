/** Whether a training ends before its last step, by the rule of its specification. The rule itself is in libs/rl. */
import type { StoppingRule } from '@soar/contracts';
import { RewardCurve } from '@soar/rl';

/** The rewards of one training. */
export class Stopping {
  private readonly curve: RewardCurve | undefined;

  /** Without a rule, or with one of 0 steps, a training takes all its steps. */
  constructor(private readonly rule: StoppingRule | undefined) {
    if (rule !== undefined && rule.movingAverageSteps > 0) this.curve = new RewardCurve(rule);
  }

  /** Step, from 0, at which the training has levelled off. */
  get step(): number | undefined {
    return this.curve?.stop;
  }

  /** Takes the mean reward of a step; whether the training ends after `stepsDone` steps. */
  endsAfter(stepsDone: number, rewardMean: number): boolean {
    this.curve?.push(rewardMean);
    if (this.rule === undefined || this.step === undefined) return false;
    return stepsDone >= this.step + 1 + this.rule.scoreSteps;
  }
}
