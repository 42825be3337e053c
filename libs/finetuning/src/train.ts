/** The steps of a fine-tuning on a worker: from the model or the last checkpoint to the last step. */
import { ADAMW_DEFAULTS, learningRateAt, type ScheduleConfig } from '@soar/optim';
import type { ModelWorker } from '@soar/runtime';
import { Batches, learnedLogprob, trainingTexts } from './batches.js';
import type { TrainingData } from './data.js';
import { learnedCount, type Encoded } from './encode.js';
import type { FinetuneModel, Plan } from './settings.js';
import type { Checkpoint, Measurement, State, WorkingFolder } from './working-folder.js';

export interface FinetuneProgress {
  /** Steps that were taken. */
  readonly step: number;
  readonly steps: number;
  /** Mean loss since the last measurement, in nats a learned token. */
  readonly loss: number;
  /** Tokens of the rows of this step, prompts included. */
  readonly tokens: number;
}

export interface TrainOptions {
  /** Ends the work between two steps, with a checkpoint. */
  readonly signal: AbortSignal;
  readonly onStep: (progress: FinetuneProgress) => void;
  /** Called when the held-out loss is measured: before the first step, on the way, at the end. */
  readonly onMeasured: (measurement: Measurement) => void;
}

export interface TrainContext {
  readonly model: FinetuneModel;
  readonly plan: Plan;
  readonly data: TrainingData;
  readonly work: WorkingFolder;
  /** To resume from. */
  readonly last: Checkpoint | undefined;
  readonly saveEvery: number;
  readonly options: TrainOptions;
}

const POLICY = 'policy';
/** Held-out rows that are scored in one call. */
const SCORED_AT_ONCE = 32;

/** Trains to the last step. Throws the signal's reason when it is stopped, after it has written a checkpoint. */
export async function train(
  worker: ModelWorker,
  { model, plan, data, work, last, saveEvery, options }: TrainContext,
): Promise<{ readonly handle: string; readonly measurements: readonly Measurement[] }> {
  const { signal, onStep, onMeasured } = options;
  await begin(worker, model, plan, last?.folder);
  const { steps, evaluateEvery } = plan;
  const measurements = [...(last?.state.measurements ?? [])];
  let { step, lossSum, lossSteps } = last?.state ?? { step: 0, lossSum: 0, lossSteps: 0 };
  let savedAt = step;
  const checkpoint = async (): Promise<void> => {
    const state: State = { step, measurements, lossSum, lossSteps };
    await work.checkpoint(state, (folder) => worker.save(POLICY, folder, { optimizer: true }));
    savedAt = step;
  };
  const batches = new Batches(data.train, plan.batchSize, plan.seed);
  try {
    for (;;) {
      const isDue = step % evaluateEvery === 0 || step === steps;
      if (isDue && measurements.at(-1)?.step !== step) {
        const loss = lossSteps === 0 ? null : lossSum / lossSteps;
        measurements.push({ step, loss, heldOutLoss: await heldOutLoss(worker, data.heldOut, signal) });
        [lossSum, lossSteps] = [0, 0];
        onMeasured(measurements.at(-1)!);
      }
      if (step === steps) return { handle: POLICY, measurements };
      signal.throwIfAborted();
      const batch = batches.at(step);
      lossSum += await takeStep(worker, batch, rateOf(plan, step));
      lossSteps++;
      step++;
      const tokens = batch.reduce((sum, row) => sum + row.tokens.length, 0);
      onStep({ step, steps, loss: lossSum / lossSteps, tokens });
      if (step % saveEvery === 0 && step < steps) await checkpoint();
    }
  } catch (error) {
    if (signal.aborted && savedAt < step) await checkpoint();
    throw error;
  }
}

/** One optimizer step; the loss before it. */
async function takeStep(
  worker: ModelWorker,
  batch: readonly Encoded[],
  learningRate: number,
): Promise<number> {
  const { loss } = await worker.trainStep({
    handle: POLICY,
    texts: trainingTexts(batch),
    temperature: 1,
    kl: 'none',
    optimizer: ADAMW_DEFAULTS,
    learningRate,
  });
  return loss;
}

/** Makes the policy: from the model, or as the last checkpoint has it. */
async function begin(
  worker: ModelWorker,
  { folder, base }: FinetuneModel,
  { adapter, seed }: Plan,
  checkpoint: string | undefined,
): Promise<void> {
  const under = { handle: 'model', folder: base ?? folder };
  if (checkpoint !== undefined) {
    const isAdapter = base !== undefined || adapter !== null;
    await worker.load({ handle: 'checkpoint', folder: checkpoint, ...(isAdapter && { base: under }) });
    await worker.clone('checkpoint', POLICY);
    await worker.loadOptimizer(POLICY, checkpoint);
    return;
  }
  const source = base === undefined ? under : { handle: 'adapter', folder, base: under };
  await worker.load(source);
  await worker.clone(
    source.handle,
    POLICY,
    adapter === null ? undefined : { adapter, seed, path: 'finetune/adapter' },
  );
}

function rateOf({ learningRate, schedule, warmupSteps, steps: horizonSteps }: Plan, step: number): number {
  const config: ScheduleConfig = { learningRate, schedule, warmupSteps, horizonSteps };
  return learningRateAt(config, step);
}

/** Mean loss over the learned tokens of all rows; null where there are none. */
async function heldOutLoss(
  worker: ModelWorker,
  rows: readonly Encoded[],
  signal: AbortSignal,
): Promise<number | null> {
  if (rows.length === 0) return null;
  let sum = 0;
  for (let at = 0; at < rows.length; at += SCORED_AT_ONCE) {
    signal.throwIfAborted();
    const part = rows.slice(at, at + SCORED_AT_ONCE);
    const scores = await worker.score(
      POLICY,
      part.map(({ tokens }) => tokens),
      1,
    );
    part.forEach((row, i) => (sum += learnedLogprob(row, scores[i]!)));
  }
  return -sum / rows.reduce((count, row) => count + learnedCount(row), 0);
}
