/**
 * A run's report, as a sum of parts.
 *
 * Every outer step and every arm writes one part to the journal: a RunReport in which only its own fields are set. The
 * whole report is the head (inputs, versions) plus the parts. So it can be read at any time, and a resumed run has no
 * state to restore. Everything that depends on the clock is under `timing`.
 */
import {
  type ArmReport,
  create,
  type CreateRunRequest,
  type ProposeResponse,
  type RunReport,
  RunReportSchema,
  type StepScore,
  type StudentEvaluation,
  TimingSchema,
  type UpdateResponse,
  type Versions,
  VersionsSchema,
} from '@soar/contracts';
import { measure } from '../loop/measuring.js';
import type { LoopState } from '../loop/loop-state.js';
import type { RunContext } from '../loop/run-context.js';
import { problemsOf } from '../loop/run-steps.js';

/** What a finished outer step is reported from. */
export interface FinishedStep {
  readonly t: number;
  /** The state before the step. */
  readonly state: LoopState;
  readonly proposals: ProposeResponse;
  readonly students: readonly StudentEvaluation[];
  readonly score: StepScore;
  /** None of a frozen teacher. */
  readonly update: UpdateResponse | undefined;
  /** Inner steps of its students. */
  readonly steps: number;
  /** Wall seconds since this process started the step. */
  readonly seconds: number;
  /** Seconds that workers spent on its students, added up. */
  readonly workerSeconds: number;
}

/** The part of an outer step. */
export function outerStepReport(run: RunContext, step: FinishedStep): RunReport {
  const { t, proposals, score, update } = step;
  const asked = proposals.datasets.flatMap(({ index }) => problemsOf(proposals, index));
  const { kinds, correctAnswers } = measure(run.domain, asked);
  const k = score.promotion?.datasetIndex;
  return create(RunReportSchema, {
    steps: [
      {
        outerStep: t,
        score,
        rolloutsSampled: proposals.rolloutsSampled,
        rejections: proposals.rejections,
        kinds,
        ...(correctAnswers === undefined ? {} : { correctAnswers }),
        teacherGradientNorm: update?.gradientNorm ?? 0,
        teacher: update === undefined ? step.state.teacher : update.checkpoint!,
        student: score.promotion?.checkpoint ?? step.state.student,
        innerSteps: step.steps,
        studentTokens: step.students.reduce((sum, { trainingTokens }) => sum + trainingTokens, 0n),
        studentBusBytes: step.students.reduce((sum, { trainingBusBytes }) => sum + trainingBusBytes, 0n),
      },
    ],
    promotionQuestions:
      k === undefined
        ? []
        : [
            {
              outerStep: t,
              datasetIndex: k,
              reward: score.datasets.find(({ datasetIndex }) => datasetIndex === k)!.reward,
              questions: problemsOf(proposals, k).map(({ id, question, answer }) => ({
                id,
                question,
                answer,
              })),
            },
          ],
    timing: { seconds: { 'outer-steps': step.seconds, 'student-workers': step.workerSeconds } },
  });
}

/** The part of an arm of the comparison. `seconds`: wall seconds by part of the run. */
export function armPart(arm: ArmReport, seconds: Record<string, number>): RunReport {
  return create(RunReportSchema, { arms: [arm], timing: { seconds } });
}

/** The part of a run's report that is known before any work. */
export function reportHead(request: CreateRunRequest, versions?: Versions): RunReport {
  return create(RunReportSchema, {
    runId: request.id,
    config: request.config!,
    base: request.base!,
    trainProblems: request.trainProblems.length,
    testProblems: request.testProblems.length,
    ...(request.fork === undefined ? {} : { fork: request.fork }),
    ...(versions === undefined ? {} : { versions }),
    timing: {},
  });
}

/** The arms in the order of a report. */
const ARM_ORDER = ['base', 'hard-only', 'ps', 'pq'];

/** The report so far: `head` with `parts` added, the times summed. */
export function sumReport(head: RunReport, parts: readonly RunReport[]): RunReport {
  const steps = parts.flatMap((part) => part.steps).sort((a, b) => a.outerStep - b.outerStep);
  const arms = parts.flatMap((part) => part.arms);
  const seconds: Record<string, number> = {};
  for (const { timing } of parts) {
    for (const [name, value] of Object.entries(timing?.seconds ?? {}))
      seconds[name] = (seconds[name] ?? 0) + value;
  }
  const startTime = head.timing?.startTime;
  const stopped = parts.map((part) => part.stopped).find((end) => end !== undefined);
  const endTime = parts.map(({ timing }) => timing?.endTime).find((time) => time !== undefined);
  const builds = parts.flatMap(({ versions }) => versions?.builds ?? []);
  return create(RunReportSchema, {
    ...head,
    ...(head.versions && { versions: create(VersionsSchema, { ...head.versions, builds }) }),
    steps,
    ...(stopped === undefined ? {} : { stopped }),
    // A step in which every gradient is zero applies no update (inner-loop.ts and update-policy.ts of the trainer).
    teacherUpdates: steps.filter(({ teacherGradientNorm }) => teacherGradientNorm > 0).length,
    promotions: steps.filter(({ score }) => score?.promotion !== undefined).length,
    promotionQuestions: parts
      .flatMap((part) => part.promotionQuestions)
      .sort((a, b) => a.outerStep - b.outerStep),
    arms: arms.sort((a, b) => ARM_ORDER.indexOf(a.name) - ARM_ORDER.indexOf(b.name)),
    timing: create(TimingSchema, {
      ...(startTime === undefined ? {} : { startTime }),
      ...(endTime === undefined ? {} : { endTime }),
      seconds,
    }),
  });
}
