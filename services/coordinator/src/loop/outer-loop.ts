/**
 * SOAR's outer loop: Algorithm 1 of arXiv 2601.18778, line by line.
 *
 * Every call below is a named, memoised step (`run-steps.ts`), so this file knows nothing of crashes: a resumed run
 * executes the same lines again, and finished steps return at once from the journal. The report of a finished outer
 * step carries all the state that the next one needs.
 *
 * Not here: rewards, advantages and the promotion rule (metareward), parsing and rejection (teacher), RLOO (trainer),
 * and the comparison of arms (arms/end-of-run.ts).
 */
import { type ProposeResponse, RewardKind, type RunReport, type StudentEvaluation } from '@soar/contracts';
import { rewardQuestions } from '../journal/addresses.js';
import { evaluateGreedily } from './evaluations.js';
import { outerStepReport } from '../runs/report.js';
import { advance, firstState, innerSteps, type LoopState } from './loop-state.js';
import type { RunContext } from './run-context.js';
import { afterStep, CLIMBING, stoppedAfter } from './stop-rule.js';
import {
  evaluateQuestions,
  outerStep,
  problemsOf,
  propose,
  scoreStep,
  type Student,
  trainStudent,
  updateTeacher,
} from './run-steps.js';

/**
 * Runs outer steps 0..T-1, or as many as the rule for stopping leaves. `onStep` receives each step's part of the
 * report. `copied`: steps that a fork takes over, all of which count.
 */
export async function outerLoop(
  run: RunContext,
  onStep: (part: RunReport) => void,
  copied = 0,
): Promise<LoopState> {
  const { outerSteps, stopWhen } = run.config;
  let state = firstState(run);
  let climb = CLIMBING;
  for (let t = 0; t < outerSteps; t++) {
    const part = await outerStep(run, t, () => soarStep(run, t, state));
    state = advance(state, part);
    onStep(part);
    if (stopWhen === undefined) continue;
    climb = afterStep(climb, part.steps[0]!, stopWhen);
    const stopped = t + 1 < copied || t + 1 === outerSteps ? undefined : stoppedAfter(t, climb, stopWhen);
    if (stopped !== undefined) return { ...state, stopped };
  }
  return state;
}

/** One outer step. Returns its part of the report. */
async function soarStep(run: RunContext, t: number, state: LoopState): Promise<RunReport> {
  const { config } = run;
  const { teacher: phi, student: theta } = state;
  const started = run.now();

  // 1. Generate: g datasets of n question-answer pairs, and the reward questions Q_R from the hard train split.
  const proposals = await propose(run, t, phi);
  const Q_R = rewardQuestions(config.seed, t, run.train, config.rewardQuestions);

  // 2. Inner loop: r students on each dataset, all from theta; each ends with Acc(theta', Q_R), greedily decoded.
  const baseline = await evaluateGreedily(run, theta, Q_R);
  const isLearnability = config.reward === RewardKind.LEARNABILITY; // the intrinsic baseline: no student is trained
  const steps = isLearnability ? 0 : innerSteps(run, state.promoted.length);
  let workerSeconds = 0;
  const onWorked = (seconds: number): void => void (workerSeconds += seconds);
  const students = isLearnability
    ? await run.durable.fanOut([...Array(config.teacher.datasets).keys()], (k) =>
        evaluateQuestions(run, t, k, theta, problemsOf(proposals, k)),
      )
    : await innerLoop(run, { t, theta, steps, Q_R, onWorked }, proposals);

  // 3. Promote? Rewards R_k, advantages A_k, their moving average against tau, and the student that becomes theta.
  const score = await scoreStep(run, t, baseline, students);

  // 4. Teacher update: RLOO over the g datasets; every rollout of X_k enters with A_k. A frozen teacher has none.
  const update = config.teacher.frozen ? undefined : await updateTeacher(run, t, phi, proposals, score);

  const seconds = run.now() - started;
  return outerStepReport(run, {
    t,
    state,
    proposals,
    students,
    score,
    update,
    steps,
    seconds,
    workerSeconds,
  });
}

/** The students of a step, with their evaluations. */
function innerLoop(
  run: RunContext,
  step: Pick<Student, 't' | 'theta' | 'steps' | 'Q_R' | 'onWorked'>,
  proposals: ProposeResponse,
): Promise<StudentEvaluation[]> {
  const total = pairs(run).length * step.steps;
  const progress = run.track(`outer step ${step.t}: students`, total, 'training steps');
  return run.durable.fanOut(pairs(run), ({ k, j }) =>
    trainStudent(run, { ...step, k, j, problems: problemsOf(proposals, k), progress }),
  );
}

/** Every (dataset k, repeat j) of a step. */
function pairs({ config: { teacher, student } }: RunContext): { k: number; j: number }[] {
  return Array.from({ length: teacher.datasets * student.repeats }, (_, i) => ({
    k: Math.floor(i / student.repeats),
    j: i % student.repeats,
  }));
}
