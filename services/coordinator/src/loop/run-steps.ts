/**
 * The outer loop's steps: each is a named, memoised call of one service, and builds its request.
 *
 * A step's name is the id of its effect (`addresses.ts`), so the journal's entry, the trainer's artifact and the
 * ledger's row of one piece of work have one name. The return value of a step is all that the journal keeps of it.
 */
import {
  type CheckpointRef,
  create,
  type Evaluation,
  type MessageInitShape,
  type Problem,
  type ProposeResponse,
  ProposeResponseSchema,
  type RunReport,
  RunReportSchema,
  type StepScore,
  StepScoreSchema,
  type StudentEvaluation,
  StudentEvaluationSchema,
  type TrainingSpecSchema,
  type UpdateRequestSchema,
  type UpdateResponse,
  UpdateResponseSchema,
} from '@soar/contracts';
import { InvariantError } from '@soar/core';
import { addresses, effects, parts } from '../journal/addresses.js';
import { greedy } from './evaluations.js';
import type { RunContext, Tracker } from './run-context.js';

/** A whole outer step, with its own trace. Its journal entry is its part of the report. */
export function outerStep(run: RunContext, t: number, work: () => Promise<RunReport>): Promise<RunReport> {
  return run.durable.step(parts.step(t), RunReportSchema, () => run.traced('outer-step', String(t), work));
}

/** Name of the journal entry of a step's proposals. */
export function proposalsEntry(t: number): string {
  return `${effects.step(t)}/propose`;
}

/** g datasets of n proposals from the teacher `phi`. */
export function propose(run: RunContext, t: number, phi: CheckpointRef): Promise<ProposeResponse> {
  const { teacher, domain, seed } = run.config;
  const wanted = teacher.datasets * teacher.questionsPerDataset;
  return run.durable.step(proposalsEntry(t), ProposeResponseSchema, async () => {
    const progress = run.track(`outer step ${t}: proposals`, wanted, 'proposals');
    const proposals = await run.services.propose({
      checkpoint: phi,
      domain,
      datasets: teacher.datasets,
      questionsPerDataset: teacher.questionsPerDataset,
      sampling: teacher.sampling,
      random: addresses.propose(seed, t),
      idPrefix: effects.step(t),
      prompt: teacher.prompt,
      answerPrompt: teacher.answerPrompt,
      wellFormedShareMin: teacher.wellFormedShareMin,
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

/** A training: its id, and what the trainer is to do. */
export interface Training {
  readonly id: string;
  readonly spec: MessageInitShape<typeof TrainingSpecSchema>;
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
  /** Called with the seconds that a worker spent on it. */
  readonly onWorked: (seconds: number) => void;
}

/** The training of a student. */
export function studentTraining(run: RunContext, student: Omit<Student, 'progress' | 'onWorked'>): Training {
  const { t, k, j, theta, steps, problems, Q_R } = student;
  return {
    id: `${run.id}/${effects.student(t, k, j)}`,
    spec: {
      base: theta,
      reference: run.base,
      domain: run.config.domain,
      stages: [{ name: 'synthetic', problems: [...problems], steps }],
      rl: run.config.student.rl,
      prompt: run.config.student.prompt,
      random: addresses.student(run.config.seed, t, k, j),
      evaluation: { problems: [...Q_R], ...greedy(run) },
    },
  };
}

/** Trains student j on X_k from theta and evaluates it on Q_R. */
export async function trainStudent(run: RunContext, student: Student): Promise<StudentEvaluation> {
  const { t, k, j, steps, onWorked } = student;
  const name = effects.student(t, k, j);
  const onStepsDone = (stepsDone: number): void => student.progress.update(name, stepsDone);
  const trained = await run.durable.step(name, StudentEvaluationSchema, async () => {
    const { id, spec } = studentTraining(run, student);
    const result = await run.services.train(id, spec, { onStepsDone, onWorked });
    if (result.evaluation === undefined) {
      throw new InvariantError(`outer loop: the trainer returned no evaluation of ${id}`);
    }
    return create(StudentEvaluationSchema, {
      datasetIndex: k,
      repeat: j,
      trainingRunId: id,
      evaluation: { ...result.evaluation, checkpoint: result.checkpoint! },
      trainingTokens: result.steps.reduce((sum, { tokens }) => sum + BigInt(tokens), 0n),
      trainingBusBytes: result.steps.reduce(
        (sum, { bytesToDevice, bytesFromDevice }) => sum + bytesToDevice + bytesFromDevice,
        0n,
      ),
    });
  });
  onStepsDone(steps);
  return trained;
}

/** How the baseline, untrained, answers the questions of X_k. Learnability is computed from it. */
export function evaluateQuestions(
  run: RunContext,
  t: number,
  k: number,
  theta: CheckpointRef,
  problems: readonly Problem[],
): Promise<StudentEvaluation> {
  const { domain, seed, student } = run.config;
  return run.durable.step(effects.learnability(t, k), StudentEvaluationSchema, async () => {
    const evaluation = await run.services.evaluate({
      checkpoint: theta,
      domain,
      spec: {
        problems: [...problems],
        samplesPerProblem: student.rl.groupSize,
        sampling: student.rl.sampling,
        random: addresses.learnability(seed, t, k),
      },
      prompt: student.prompt,
    });
    return create(StudentEvaluationSchema, {
      datasetIndex: k,
      evaluation: { ...evaluation, checkpoint: theta },
    });
  });
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
      reward: run.config.reward,
      groupSize: run.config.datasetGroupSize,
    }),
  );
}

/** What the teacher `phi` is updated with: each of its rollouts of step t with the advantage of its dataset. */
export function teacherUpdate(
  run: RunContext,
  t: number,
  phi: CheckpointRef,
  proposals: ProposeResponse,
  score: StepScore,
): MessageInitShape<typeof UpdateRequestSchema> {
  const { teacher, outerSteps } = run.config;
  return {
    id: `${run.id}/${effects.teacher(t)}`,
    checkpoint: phi,
    reference: run.base,
    datasets: proposals.datasets,
    promptTokenIds: proposals.promptTokenIds,
    advantages: score.datasets.map(({ advantage }) => advantage),
    temperature: teacher.sampling.temperature,
    optimizer: { ...teacher.optimizer, horizonSteps: teacher.optimizer.horizonSteps || outerSteps },
    ...(teacher.kl && { kl: teacher.kl }),
    ...(teacher.adapter && { adapter: teacher.adapter }),
    random: addresses.teacher(run.config.seed),
    scheduleStep: t,
  };
}

/** One policy-gradient step of the teacher on its own rollouts. */
export function updateTeacher(
  run: RunContext,
  t: number,
  phi: CheckpointRef,
  proposals: ProposeResponse,
  score: StepScore,
): Promise<UpdateResponse> {
  return run.durable.step(effects.teacher(t), UpdateResponseSchema, () =>
    run.services.updateTeacher(teacherUpdate(run, t, phi, proposals, score)),
  );
}
