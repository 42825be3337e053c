/**
 * What is shown of a run that is followed: lines and progress for people, events with the figures of steps and arms for
 * machines. Names of events and figures are stable: docs/commands.md has them, and a test.
 */
import {
  type ArmReport,
  messageToJson,
  type OuterStepReport,
  type Run,
  WatchRunResponseSchema,
  type WatchRunResponse,
} from '@soar/contracts';
import { RunCourse } from './course/run-course.js';
import type { Progress } from './progress.js';
import { describeArm, describeStep } from './step-line.js';
import type { Tone } from './terminal/colour.js';

export class RunView {
  private readonly course = new RunCourse();
  /** Lines already printed: a coordinator that was restarted tells the steps before again. */
  private readonly said = new Set<string>();
  private run: Run | undefined;

  constructor(
    private readonly id: string,
    private readonly progress: Progress,
  ) {}

  /** Whether a step is one that the run, as it was last told, did not have. */
  isNew({ outerStep }: OuterStepReport): boolean {
    return outerStep >= (this.run?.outerStepsDone ?? 0);
  }

  /** The run as it is now. Returns the seconds of the step that it has more than before, if it is one. */
  take(run: Run): number | undefined {
    this.run = run;
    return this.course.run(run);
  }

  /** `seconds`: of the step in the event, where they are known. */
  show(event: WatchRunResponse, seconds: number | undefined): void {
    const { step, arm, progress: part } = event;
    if (part !== undefined) this.course.progress(part);
    if (arm !== undefined) this.course.arm(arm);
    this.progress.event({ ...this.about(event, seconds), ...jsonOf(event) });
    if (step !== undefined)
      this.sayOnce(describeStep(step), step.score?.promotion === undefined ? undefined : 'good');
    if (arm !== undefined) this.sayOnce(describeArm(arm));
    if (part !== undefined) this.progress.update({ ...part, whole: this.course.whole() });
  }

  private about({ step, arm, progress: part }: WatchRunResponse, seconds: number | undefined): object {
    if (step !== undefined) return { event: 'step', figures: this.stepFigures(step, seconds) };
    if (arm !== undefined) return { event: 'arm', figures: this.armFigures(arm) };
    if (part === undefined) return { event: 'run' };
    const { done = 0, total = 0, secondsLeft } = this.course.whole() ?? {};
    const left = secondsLeft === undefined ? null : Math.round(secondsLeft);
    return { event: 'progress', whole: { steps_done: done, steps: total, seconds_left: left } };
  }

  private stepFigures({ outerStep, score }: OuterStepReport, seconds: number | undefined): object {
    const { config } = this.run ?? {};
    return {
      run: this.id,
      step: outerStep,
      steps: config?.outerSteps ?? null,
      reward_mean: score?.meanReward ?? null,
      moving_average: score?.movingAverage ?? null,
      tau: config?.promotion?.tau ?? null,
      promoted: score?.promotion?.datasetIndex ?? null,
      baseline_accuracy: score?.baselineAccuracy ?? null,
      seconds: seconds === undefined ? null : Math.round(1000 * seconds) / 1000,
    };
  }

  private armFigures({ name, passAtK, trainingSteps }: ArmReport): object {
    return { run: this.id, arm: name, pass_at: passAtK, training_steps: trainingSteps };
  }

  private sayOnce(text: string, tone?: Tone): void {
    if (!this.said.has(text)) this.progress.line(text, tone);
    this.said.add(text);
  }
}

function jsonOf(event: WatchRunResponse): object {
  return messageToJson(WatchRunResponseSchema, event) as object;
}
