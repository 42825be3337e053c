/** Requests for tests, from the number of reward questions that each student solves. */
import { create, type ScoreStepRequest, ScoreStepRequestSchema } from '@soar/contracts';

export interface StepPlan {
  readonly runId?: string;
  readonly step?: number;
  /** Reward questions. Default 10. */
  readonly questions?: number;
  /** How many the baseline solves. Default 0. */
  readonly baseline?: number;
  /** How many each student solves, [dataset][repeat]. */
  readonly students: readonly (readonly number[])[];
  readonly tau?: number;
  readonly window?: number;
  readonly keepWindow?: boolean;
  readonly requireFullWindow?: boolean;
  readonly disabled?: boolean;
}

export function stepRequest(plan: StepPlan): ScoreStepRequest {
  const { runId = 'run', step = 0, questions = 10, baseline = 0, students } = plan;
  const { tau = 0.01, window = 3, keepWindow = false, disabled = false } = plan;
  const outcomes = (solved: number) =>
    Array.from({ length: questions }, (_, q) => ({
      problemId: `hard-${q}`,
      samples: 1,
      correct: q < solved ? 1 : 0,
      ungraded: 0,
    }));
  return create(ScoreStepRequestSchema, {
    runId,
    outerStep: step,
    baseline: { checkpoint: { key: 'models/base' }, outcomes: outcomes(baseline) },
    students: students.flatMap((repeats, k) =>
      repeats.map((solved, j) => ({
        datasetIndex: k,
        repeat: j,
        trainingRunId: `${runId}/step-${step}/dataset-${k}/repeat-${j}`,
        evaluation: {
          checkpoint: { key: `${runId}/step-${step}/dataset-${k}/repeat-${j}` },
          outcomes: outcomes(solved),
        },
      })),
    ),
    promotion: {
      tau,
      window,
      keepWindow,
      disabled,
      ...(plan.requireFullWindow !== undefined && { requireFullWindow: plan.requireFullWindow }),
    },
  });
}
