/**
 * The work of a training run, on a worker of its own: train, evaluate, and put the result into the store under the
 * run's id, with its record beside it. What stands there is a pure function of the specification: no times.
 */
import {
  CheckpointRefSchema,
  create,
  messageFromJson,
  messageToJson,
  type MessageInitShape,
  type StepEvaluationSchema,
  TrainingResultSchema,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { ModelPool, ModelWorker } from '@soar/runtime';
import type { ArtifactStore } from '@soar/store';
import type { Log } from '@soar/telemetry';
import { baseOf } from './checkpoints.js';
import type { CompletionFile, CompletionFiles } from './completion-files.js';
import { evaluate, type Keep, type Outcome, type PreparedEvaluation } from './evaluate.js';
import type { Grader } from './grading.js';
import { trainStudent } from './inner-loop.js';
import { type Found, keepMade } from './records.js';
import type { Result, TrainingRunRecord } from './training-run.js';
import { trainingLabels } from './training-labels.js';
import type { PreparedTraining } from './training-spec.js';

/** A worker that dies is no fault of the training: it starts again from its base, with the same random numbers. */
const ATTEMPTS_MAX = 2;

/** What trainings use of the service. */
export interface TrainerContext {
  readonly pool: ModelPool;
  readonly store: ArtifactStore;
  readonly grader: Grader;
  readonly completions: CompletionFiles;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

/** Runs the training to its end and writes how it ended into `record`. Never throws. */
export async function runTraining(
  record: TrainingRunRecord,
  training: PreparedTraining,
  trainer: TrainerContext,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { compute } = training;
      const options = { signal: record.signal, compute, onStart: () => record.start() };
      const work = (worker: ModelWorker): Promise<Result> =>
        trainer.completions.during(
          () => record.id,
          training.base,
          (file) => train(record, training, trainer, worker, file),
        );
      record.succeed(await trainer.pool.run(work, options));
      return;
    } catch (error) {
      const died = error instanceof UserError && error.reason === 'UNAVAILABLE';
      if (died && attempt < ATTEMPTS_MAX && !record.signal.aborted) continue;
      record.fail(error);
      return;
    }
  }
}

async function train(
  record: TrainingRunRecord,
  training: PreparedTraining,
  { store, grader }: TrainerContext,
  worker: ModelWorker,
  completions: CompletionFile,
): Promise<Result> {
  const { base, adapter, reference, evaluation, evaluateEvery } = training;
  const { signal } = record;
  const student = `student/${record.id}`;
  await worker.load(base);
  if (reference) await worker.load(reference);
  await worker.clone(base.handle, student, adapter);
  const outcomesNow = async (prepared: PreparedEvaluation, step: number): Promise<Outcome[]> => {
    const keep: Keep = (groups) => completions.write('evaluation', step, groups);
    const sample = (request: Parameters<ModelWorker['sample']>[1]) =>
      worker.sample(student, request, base.config);
    return (await evaluate(prepared, base, sample, grader, signal, keep)).outcomes;
  };
  const onTheWay: MessageInitShape<typeof StepEvaluationSchema>[] = [];
  const labels = trainingLabels(record.id, base);
  const work = { worker, student, grader, signal, completions, labels };
  const stopStep = await trainStudent(training, work, async (metrics, isLast) => {
    record.step(metrics);
    const stepsDone = metrics.step + 1;
    const isDue = evaluateEvery > 0 && stepsDone % evaluateEvery === 0 && !isLast;
    if (evaluation && isDue)
      onTheWay.push({ stepsDone, evaluation: { outcomes: await outcomesNow(evaluation, stepsDone) } });
  });
  const stepsDone = record.metrics.length;
  const made = create(TrainingResultSchema, {
    steps: [...record.metrics],
    ...(evaluation && { evaluation: { outcomes: await outcomesNow(evaluation, stepsDone) } }),
    ...(stopStep !== undefined && { stopStep }),
    evaluations: onTheWay,
  });
  signal.throwIfAborted();
  const written = { askedSha256: record.specSha256, made: messageToJson(TrainingResultSchema, made) };
  const checkpoint = await keepMade(
    store,
    record.id,
    written,
    (folder) => worker.save(student, folder, { base: baseOf(base) }),
    record,
  );
  return withCheckpoint(made, checkpoint);
}

/** The result of a training that was found in the store. */
export interface FoundTraining {
  readonly specSha256: string;
  readonly result: Result;
}

/** The training behind a result in the store. */
export function asTraining({ askedSha256, made, checkpoint }: Found): FoundTraining {
  const result = messageFromJson(TrainingResultSchema, made, `record of ${checkpoint.key}`);
  return { specSha256: askedSha256, result: withCheckpoint(result, checkpoint) };
}

/** The record is written before the checkpoint exists; its reference is filled in when the record is read. */
function withCheckpoint({ evaluation, ...result }: Result, ref: { key: string; sha256: string }): Result {
  const checkpoint = create(CheckpointRefSchema, ref);
  return { ...result, checkpoint, ...(evaluation && { evaluation: { ...evaluation, checkpoint } }) };
}
