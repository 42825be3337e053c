/**
 * Pre-training from scratch: next-token prediction on the texts of a task, stage by stage. Uses the training graph of
 * reinforcement learning, with the token weights that the task gives.
 *
 * The folder is written under a temporary name and renamed, so it exists complete or not at all. Texts, initial
 * weights and order follow from the task alone; equal tasks give equal weights on one CPU type and ONNX Runtime
 * version.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { parseHfConfig } from '@soar/model';
import {
  batchAt,
  curatedProblems,
  generationConfigJson,
  modelConfigJson,
  problemPool,
  tokenizerConfigJson,
  tokenizerJson,
  type PretrainBatch,
  type PretrainStage,
  type ProposalReport,
  type Task,
} from '@soar/quickstart';
import {
  ModelPool,
  runtimeSettings,
  type ModelWorker,
  type Precision,
  type Provider,
  type TrainingText,
} from '@soar/runtime';
import { makeFolders } from '@soar/files';
import { proposals, skill, type SkillRow, type TrainedModel } from './measure-model.js';

export interface PretrainProgress {
  readonly stage: string;
  readonly step: number;
  readonly steps: number;
  /** Exponential moving average of the loss over about 50 steps, in nats per weighted token. */
  readonly loss: number;
}

/** How a model was made; written beside it as pretraining.json. */
export interface Pretraining {
  /** The command that reproduces it. */
  readonly command: string;
  readonly seed: number;
  readonly stages: readonly StageSummary[];
  readonly parameters: number;
  /** What the model writes as a teacher, compared with the domain's exact answers. */
  readonly proposals: ProposalReport;
  readonly skill: readonly SkillRow[];
  readonly seconds: number;
}

interface StageSummary {
  readonly name: string;
  readonly steps: number;
  readonly loss: number;
}

export interface PretrainOptions {
  /** Of the worker. Default 1; other numbers may change the weights in the last bit. */
  readonly threads?: number | undefined;
  /** Default: four fifths of the machine's; on a device, that of the device. */
  readonly memoryBytes?: number | undefined;
  /** Default cpu; another one changes the weights by rounding. */
  readonly provider?: Provider | undefined;
  /** Default f32. */
  readonly precision?: Precision | undefined;
  /** Stops the work; nothing is written then. */
  readonly signal: AbortSignal;
  /** Called after every step. */
  readonly onStep: (progress: PretrainProgress) => void;
}

/**
 * Trains the task's model into `out`, with task.json, pool.jsonl (the problems to screen), curated.jsonl and
 * pretraining.json beside it. Throws UserError, before any work, when the folder exists or cannot be created.
 */
export async function pretrain(
  task: Task,
  out: string,
  { signal, onStep, threads = 1, memoryBytes, provider = 'cpu', precision = 'f32' }: PretrainOptions,
): Promise<Pretraining> {
  const folder = resolve(out);
  if (existsSync(folder))
    throw new UserError(`${out}: exists already; name a folder that does not`, 'ALREADY_EXISTS', out);
  const staging = join(dirname(folder), `.${randomUUID()}.partial`);
  try {
    makeFolders(staging);
  } catch (error) {
    throw new UserError(`${folder}: cannot be created: ${messageOf(error)}`, 'FAILED_PRECONDITION', folder);
  }
  const startedMs = performance.now();
  const pool = new ModelPool(
    runtimeSettings({ workers: 1, threads, provider, precision, ...(memoryBytes && { memoryBytes }) }),
  );
  try {
    const summary = await pool.run((worker) => trainAndMeasure(worker, task, staging, onStep), { signal });
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    const { seed } = task;
    const how = [
      threads > 1 ? ` --threads ${threads}` : '',
      provider === 'cpu' ? '' : ` --provider ${provider}`,
      precision === 'f32' ? '' : ` --precision ${precision}`,
    ];
    const command = `soar pretrain --seed ${seed}${how.join('')}`;
    const made = { command, seed, ...summary, seconds };
    writeFileSync(join(staging, 'pool.jsonl'), jsonLines(problemPool(task)));
    writeFileSync(join(staging, 'curated.jsonl'), jsonLines(curatedProblems(task)));
    writeJsonFile(join(staging, 'task.json'), task);
    writeJsonFile(join(staging, 'pretraining.json'), made);
    renameSync(staging, folder);
    return made;
  } finally {
    rmSync(staging, { recursive: true, force: true });
    await pool.close();
  }
}

/** Trains, writes the model's files into `folder`, and measures the model. */
async function trainAndMeasure(
  worker: ModelWorker,
  task: Task,
  folder: string,
  onStep: (progress: PretrainProgress) => void,
): Promise<Pick<Pretraining, 'stages' | 'parameters' | 'proposals' | 'skill'>> {
  const config = parseHfConfig(modelConfigJson(task), `task ${task.name}: model`);
  const std = task.model.initializer_range;
  const initial = 'initial';
  const args = { config, seed: task.seed, path: 'initial-weights', std, scaleResidual: false };
  const { parameterCount } = await worker.initialise({ handle: initial, ...args });
  const stages: StageSummary[] = [];
  let handle = initial;
  for (const [index, stage] of task.stages.entries()) {
    // A clone has its own optimizer, so every stage starts with a fresh one.
    await worker.clone(handle, stage.name);
    await worker.free(handle);
    handle = stage.name;
    stages.push(await trainStage(worker, task, index, onStep));
  }
  writeJsonFile(join(folder, 'config.json'), modelConfigJson(task));
  writeJsonFile(join(folder, 'generation_config.json'), generationConfigJson());
  writeJsonFile(join(folder, 'tokenizer.json'), tokenizerJson(task));
  writeJsonFile(join(folder, 'tokenizer_config.json'), tokenizerConfigJson(task));
  await worker.save(handle, folder);
  const model: TrainedModel = { worker, handle, task, config };
  return { stages, parameters: parameterCount, proposals: await proposals(model), skill: await skill(model) };
}

/** Trains the model under the stage's name for the stage's steps. */
async function trainStage(
  worker: ModelWorker,
  task: Task,
  index: number,
  onStep: (progress: PretrainProgress) => void,
): Promise<StageSummary> {
  const stage = task.stages[index]!;
  const { name, steps } = stage;
  let loss = 0;
  for (let step = 0; step < steps; step++) {
    const result = await worker.trainStep({
      handle: name,
      texts: textsOf(batchAt(task, index, step)),
      temperature: 1,
      kl: 'none',
      optimizer: task.optimizer,
      learningRate: learningRateOf(stage, step),
    });
    loss = step === 0 ? result.loss : 0.98 * loss + 0.02 * result.loss;
    onStep({ stage: name, step: step + 1, steps, loss });
  }
  return { name, steps, loss };
}

/** Linear warm-up, then half a cosine from the peak to the stage's final rate. */
function learningRateOf({ learningRate, steps }: PretrainStage, step: number): number {
  const { peak, final, warmupSteps } = learningRate;
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return final + 0.5 * (peak - final) * (1 + Math.cos(Math.PI * progress));
}

/**
 * The texts of a batch, each token with its share of the loss. The batch keeps a token's weight at the position that
 * predicts it.
 */
function textsOf(batch: PretrainBatch): TrainingText[] {
  const total = batch.weights.reduce((a, b) => a + b, 0);
  const texts: TrainingText[] = [];
  let start = 0;
  for (let at = 1; at <= batch.tokens.length; at++) {
    const ends = at === batch.tokens.length || batch.positions[at] === 0 || batch.segments[at] === 0;
    if (!ends) continue;
    if (batch.segments[start] !== 0) {
      const weights = new Float32Array(at - start);
      for (let i = start + 1; i < at; i++) weights[i - start] = batch.weights[i - 1]! / total;
      texts.push({ tokens: batch.tokens.slice(start, at), weights });
    }
    start = at;
  }
  return texts;
}

function writeJsonFile(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
