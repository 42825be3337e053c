/**
 * Pre-training from nothing: the texts of a task, next-token prediction, the stages one after the other. Uses the same
 * training graph as reinforcement learning does: a text's tokens have the weights that the task gives them.
 *
 * The folder is written under a temporary name and renamed, so it is there whole or not at all. Texts, initial weights and
 * order follow from the task alone; equal tasks give equal weights on one CPU type and ONNX Runtime version.
 */
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arithmeticGrammar as grammar, domainNamed } from '@soar/domains';
import { parseHfConfig, type DecoderConfig } from '@soar/model';
import {
  batchAt,
  EOS_ID,
  generationConfigJson,
  idsOf,
  modelConfigJson,
  problemPool,
  proposalReport,
  tokenizerConfigJson,
  tokenizerJson,
  vocabularyOf,
  type PretrainBatch,
  type PretrainStage,
  type ProposalReport,
  type Task,
} from '@soar/quickstart';
import { messageOf, UserError } from '@soar/core';
import { makeFolders } from '@soar/store';
import { ModelPool, runtimeSettings, type ModelWorker, type TrainingText } from '@soar/runtime';

/** Teacher rollouts that the model is described by. */
const PROPOSALS = 1024;
/** Tokens of a proposal, and of a problem worked out. */
const COMPLETION_TOKENS_MAX = 64;

export interface PretrainProgress {
  readonly stage: string;
  readonly step: number;
  readonly steps: number;
  /** Exponential mean of the loss over some 50 steps, in nats a weighted token. */
  readonly loss: number;
}

export interface PretrainSummary {
  readonly stages: readonly { readonly name: string; readonly steps: number; readonly loss: number }[];
  readonly parameters: number;
  /** What the model writes as a teacher, held against the domain's oracle. */
  readonly proposals: ProposalReport;
  readonly skill: readonly SkillRow[];
}

/**
 * How many problems of the pool the model solves when it is led to: in the textbook form, the first step given, the likeliest
 * token each time. A student can be taught a habit that the model lacks; where this share is low there is no skill to lead out,
 * and the upper bound will be as low.
 */
export interface SkillRow {
  readonly kind: string;
  readonly problems: number;
  readonly correct: number;
}

/**
 * Trains the task's model into `folder`, which must not exist. `onStep` hears every step; `describe` gives the texts that
 * stand beside the model, by file name. Throws UserError, before any work when the folder cannot be made.
 */
export async function pretrain(
  task: Task,
  folder: string,
  {
    signal,
    onStep,
    describe,
  }: {
    readonly signal: AbortSignal;
    readonly onStep: (p: PretrainProgress) => void;
    readonly describe: (summary: PretrainSummary) => Readonly<Record<string, string>>;
  },
): Promise<PretrainSummary> {
  const staging = join(dirname(folder), `.${randomUUID()}.partial`);
  try {
    makeFolders(staging);
  } catch (error) {
    throw new UserError(`${folder}: cannot be made: ${messageOf(error)}`, 'FAILED_PRECONDITION', folder);
  }
  const pool = new ModelPool(runtimeSettings({ workers: 1 }));
  try {
    const summary = await pool.run((worker) => trainStages(worker, task, staging, onStep), { signal });
    for (const [name, text] of Object.entries(describe(summary))) writeFileSync(join(staging, name), text);
    renameSync(staging, folder);
    return summary;
  } finally {
    rmSync(staging, { recursive: true, force: true });
    await pool.close();
  }
}

async function trainStages(
  worker: ModelWorker,
  task: Task,
  folder: string,
  onStep: (p: PretrainProgress) => void,
): Promise<PretrainSummary> {
  const config = parseHfConfig(modelConfigJson(task), `task ${task.name}: model`);
  const std = task.model.initializer_range;
  const args = { config, seed: task.seed, path: 'initial-weights', std, scaleResidual: false };
  const { parameterCount } = await worker.initialise({ handle: 'initial', ...args });
  const stages: { name: string; steps: number; loss: number }[] = [];
  let handle = 'initial';
  for (const [index, stage] of task.stages.entries()) {
    // A clone has an optimizer of its own: every stage begins with a fresh one.
    await worker.clone(handle, stage.name);
    await worker.free(handle);
    handle = stage.name;
    let loss = 0;
    for (let step = 0; step < stage.steps; step++) {
      const result = await worker.trainStep({
        handle,
        texts: textsOf(batchAt(task, index, step)),
        temperature: 1,
        kl: 'none',
        optimizer: task.optimizer,
        learningRate: learningRateOf(stage, step),
      });
      loss = step === 0 ? result.loss : 0.98 * loss + 0.02 * result.loss;
      onStep({ stage: stage.name, step: step + 1, steps: stage.steps, loss });
    }
    stages.push({ name: stage.name, steps: stage.steps, loss });
  }
  const files = {
    'config.json': modelConfigJson(task),
    'generation_config.json': generationConfigJson(),
    'tokenizer.json': tokenizerJson(task),
    'tokenizer_config.json': tokenizerConfigJson(task),
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  }
  await worker.save(handle, folder);
  const model = { worker, handle, task, config };
  return {
    stages,
    parameters: parameterCount,
    proposals: await proposals(model),
    skill: await skill(model),
  };
}

export interface TrainedModel {
  readonly worker: ModelWorker;
  readonly handle: string;
  readonly task: Task;
  readonly config: DecoderConfig;
}

/** Samples the teacher's prompt as a run does, and counts what is well-formed, rightly answered, and of which kind. */
async function proposals(model: TrainedModel): Promise<ProposalReport> {
  const domain = domainNamed(model.task.domain);
  const prompts = Array.from({ length: PROPOSALS }, () => domain.teacherPrompt);
  return proposalReport(domain, await complete(model, 'proposals', prompts, 1));
}

/** Works out every problem of the task's pool. */
export async function skill(model: TrainedModel): Promise<SkillRow[]> {
  const domain = domainNamed(model.task.domain);
  const problems = problemPool(model.task);
  const prompts = problems.map(({ question }) => {
    const begun = grammar.workedSteps(grammar.readQuestion(question)!, 1);
    return `${grammar.TEXTBOOK_CUE}${question}=${begun}`;
  });
  const completions = await complete(model, 'skill', prompts, 0);
  const rows = new Map<string, { problems: number; correct: number }>();
  for (const [i, { kind, answer }] of problems.entries()) {
    const row = rows.get(kind) ?? { problems: 0, correct: 0 };
    rows.set(kind, row);
    row.problems++;
    if (domain.verify(answer, completions[i]!).verdict === 'CORRECT') row.correct++;
  }
  return [...rows].map(([kind, row]) => ({ kind, ...row }));
}

/** What the model writes after each prompt, without special tokens. */
async function complete(
  { worker, handle, task, config }: TrainedModel,
  path: string,
  prompts: readonly string[],
  temperature: number,
): Promise<string[]> {
  const vocabulary = vocabularyOf(task);
  const distinct = [...new Set(prompts)];
  const completions = await worker.sample(
    handle,
    {
      prompts: distinct.map((prompt) => idsOf(prompt, vocabulary)),
      rows: prompts.map((prompt, s) => ({ prompt: distinct.indexOf(prompt), path: `${path}/${s}` })),
      seed: task.seed,
      sampling: {
        temperature,
        topK: 0,
        topP: 1,
        maxNewTokens: COMPLETION_TOKENS_MAX,
        stopIds: config.eosTokenIds,
      },
    },
    config,
  );
  return completions.map(({ tokens }) =>
    [...tokens].map((id) => (id === EOS_ID ? '' : vocabulary[id])).join(''),
  );
}

/** Linear warm-up, then half a cosine from the peak to the stage's final rate. */
function learningRateOf({ learningRate, steps }: PretrainStage, step: number): number {
  const { peak, final, warmupSteps } = learningRate;
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return final + 0.5 * (peak - final) * (1 + Math.cos(Math.PI * progress));
}

/** The texts of a batch, each token with its share of the loss. The batch gives a weight where a token is predicted. */
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
