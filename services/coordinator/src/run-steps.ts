/**
 * The outer loop's steps: each a named, memoised call of one service, with the request it makes.
 *
 * A step's name is the id of its effect (`addresses.ts`), so that the journal's entry, the trainer's artefact and the
 * ledger's row of one piece of work are found under one name. What a step returns is all that is kept of it.
 */
import {
  type CheckpointRef,
  create,
  type Evaluation,
  type Problem,
  type ProposeResponse,
  ProposeResponseSchema,
  type RunReport,
  RunReportSchema,
  type StepScore,
  StepScoreSchema,
  type StudentEvaluation,
  StudentEvaluationSchema,
  type UpdateResponse,
  UpdateResponseSchema,
} from '@soar/contracts';
import { InvariantError } from '@soar/core';
import { addresses, effects, parts } from './addresses.js';
import { greedy } from './evaluations.js';
import type { RunContext, Tracker } from './run-context.js';

/** A whole outer step, under a trace of its own. Its entry holds its part of the report. */
export function outerStep(run: RunContext, t: number, work: () => Promise<RunReport>): Promise<RunReport> {
  return run.durable.step(parts.step(t), RunReportSchema, () => run.traced('outer-step', String(t), work));
}

/** g datasets of n proposals from the teacher `phi`. */
export function propose(run: RunContext, t: number, phi: CheckpointRef): Promise<ProposeResponse> {
  const { teacher, domain, seed } = run.config;
  const wanted = teacher.datasets * teacher.questionsPerDataset;
  return run.durable.step(`${effects.step(t)}/propose`, ProposeResponseSchema, async () => {
    const progress = run.track(`outer step ${t}: proposals`, wanted, 'proposals');
    const proposals = await run.services.propose({
      checkpoint: phi,
      domain,
      datasets: teacher.datasets,
      questionsPerDataset: teacher.questionsPerDataset,
      sampling: teacher.sampling,
      random: addresses.propose(seed, t),
      idPrefix: effects.step(t),
    });
    progress.update('proposals', wanted);
    return proposals;
  });
}

/** X_k as problems: the answers that the teacher stated, right or wrong. */
export function problemsOf(proposals: ProposeResponse, k: number): Problem[] {
  const dataset = proposals.datasets.find(({ index }) => index === k);
  return (dataset?.proposals ?? []).map(({ problem }) => {
    if (problem === undefined)
      throw new InvariantError(`outer loop: dataset ${k} has a proposal without a problem`);
    return problem;
  });
}

/** One student of the inner loop. */
export interface Student {
  readonly t: number;
  readonly k: number;
  readonly j: number;
  readonly theta: CheckpointRef;
  readonly steps: number;
  readonly problems: readonly Problem[];
  readonly Q_R: readonly Problem[];
  readonly progress: Tracker;
}

/** Trains student j on X_k from theta and evaluates it on Q_R. */
export async function trainStudent(run: RunContext, student: Student): Promise<StudentEvaluation> {
  const { t, k, j, theta, steps } = student;
  const name = effects.student(t, k, j);
  const id = `${run.id}/${name}`;
  const count = (stepsDone: number): void => student.progress.update(name, stepsDone);
  const trained = await run.durable.step(name, StudentEvaluationSchema, async () => {
    const result = await run.services.train(
      id,
      {
        base: theta,
        reference: run.base,
        domain: run.config.domain,
        stages: [{ name: 'synthetic', problems: [...student.problems], steps }],
        rl: run.config.student.rl,
        random: addresses.student(run.config.seed, t, k, j),
        evaluation: { problems: [...student.Q_R], ...greedy(run) },
      },
      count,
    );
    if (result.evaluation === undefined) {
      throw new InvariantError(`outer loop: the trainer returned no evaluation of ${id}`);
    }
    return create(StudentEvaluationSchema, {
      datasetIndex: k,
      repeat: j,
      trainingRunId: id,
      evaluation: { ...result.evaluation, checkpoint: result.checkpoint! },
    });
  });
  count(steps);
  return trained;
}

/** Rewards, advantages and promotion of step t. */
export function scoreStep(
  run: RunContext,
  t: number,
  baseline: Evaluation,
  students: StudentEvaluation[],
): Promise<StepScore> {
  return run.durable.step(`${effects.step(t)}/score`, StepScoreSchema, () =>
    run.services.scoreStep({
      runId: run.id,
      outerStep: t,
      baseline,
      students,
      promotion: run.config.promotion,
    }),
  );
}

/** One policy-gradient step of the teacher on its own rollouts. */
export function updateTeacher(
  run: RunContext,
  t: number,
  phi: CheckpointRef,
  proposals: ProposeResponse,
  score: StepScore,
): Promise<UpdateResponse> {
  const { teacher, outerSteps } = run.config;
  return run.durable.step(effects.teacher(t), UpdateResponseSchema, () =>
    run.services.updateTeacher({
      id: `${run.id}/${effects.teacher(t)}`,
      checkpoint: phi,
      reference: run.base,
      datasets: proposals.datasets,
      promptTokenIds: proposals.promptTokenIds,
      advantages: score.datasets.map(({ advantage }) => advantage),
      temperature: teacher.sampling.temperature,
      optimizer: { ...teacher.optimizer, horizonSteps: teacher.optimizer.horizonSteps || outerSteps },
      ...(teacher.kl === undefined ? {} : { kl: teacher.kl }),
      scheduleStep: t,
    }),
  );
}
