/**
 * About how long a run still takes, from what its report has measured: outer steps take what they took so far, and the
 * students at the end take as long, for each optimizer step, as those before them. Evaluations at the end are not
 * measured before they happen, and are left out. For people; nothing depends on it.
 */
import { Arm, type Run, RunState } from '@soar/contracts';

/** Undefined where the run is not running, or nothing is measured yet. */
export function secondsLeft({ state, config, report, outerStepsDone }: Run): number | undefined {
  const seconds = report?.timing?.seconds ?? {};
  const inSteps = seconds['outer-steps'];
  if (state !== RunState.RUNNING || config === undefined || report === undefined) return undefined;
  if (inSteps === undefined || inSteps <= 0 || outerStepsDone === 0) return undefined;
  const steps = Math.max(0, config.outerSteps - outerStepsDone) * (inSteps / outerStepsDone);
  return steps + armsLeft(config, report);
}

type Config = NonNullable<Run['config']>;
type Report = NonNullable<Run['report']>;

function armsLeft({ comparison, teacher, student }: Config, report: Report): number {
  const students = (teacher?.datasets ?? 0) * (student?.repeats ?? 0);
  const optimizerSteps = students * report.steps.reduce((sum, { innerSteps }) => sum + innerSteps, 0);
  const worked = report.timing?.seconds['student-workers'] ?? 0;
  if (comparison === undefined || optimizerSteps === 0) return 0;
  const perStep = worked / optimizerSteps;
  const wanted = (arm: Arm, name: string): boolean =>
    (comparison.arms.length === 0 || comparison.arms.includes(arm)) &&
    !report.arms.some((done) => done.name === name);
  // They train at the same time, each on a worker of its own where there are two.
  const anyTrains = wanted(Arm.HARD_ONLY, 'hard-only') || wanted(Arm.PROMOTION_QUESTIONS, 'pq');
  return anyTrains ? perStep * (comparison.syntheticSteps + comparison.hardSteps) : 0;
}
