/**
 * Supervised fine-tuning of a model folder: the next-token loss of what is learned, in all weights or in a low-rank
 * adapter. It is the training step of reinforcement learning: the policy gradient of a text whose learned tokens have
 * the advantage 1 and share one divisor, their number in the batch.
 *
 * Equal plans give equal bits, resumed or not (settings.ts). What is written holds no times.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '@soar/core';
import type { Adapter, DecoderConfig } from '@soar/model';
import { askedModel, type AskedModel } from '@soar/prompts';
import {
  adapterFor,
  ModelPool,
  planCompute,
  readAdapterConfig,
  readBaseConfig,
  runtimeSettings,
  type AskedAdapter,
  type Compute,
  type Precision,
  type Provider,
  type RuntimeSettings,
} from '@soar/runtime';
import { readData, type DataRequest, type TrainingData } from './data.js';
import {
  differenceOf,
  hashOf,
  isPlan,
  MAX_LENGTH_DEFAULT,
  stepsOf,
  type FinetuneModel,
  type FinetuneSettings,
  type Plan,
} from './settings.js';
import { train, type TrainOptions } from './train.js';
import { WorkingFolder, type Measurement } from './working-folder.js';

export interface FinetuneRequest extends FinetuneSettings {
  readonly model: FinetuneModel;
  readonly data: Pick<DataRequest, 'paths' | 'split' | 'heldOut'>;
  /** The folder for the model; work that is not finished is in `OUT.partial`. */
  readonly out: string;
  /** The adapter that is trained, rank 0 for none. Default: by the model's size, as in every training. */
  readonly adapter?: AskedAdapter | undefined;
  /** Steps between two checkpoints; default: ten of them. No result depends on it. */
  readonly saveEvery?: number | undefined;
  /** Of the worker. Default 1, or as the unfinished work has it; other numbers may change the last bits. */
  readonly threads?: number | undefined;
  /** Default: four fifths of the machine's; on a device, that of the device. */
  readonly memoryBytes?: number | undefined;
  /** Default cpu; unfinished work goes on where it began. */
  readonly provider?: Provider | undefined;
  /** Default f32; unfinished work goes on in the one it began in. */
  readonly precision?: Precision | undefined;
}

export interface FinetuneOptions extends TrainOptions {
  /** Called once, before the first step. */
  readonly onPlan: (plan: Plan, data: TrainingData, resumedFrom: number) => void;
}

/** How a model was made; written beside it as finetuning.json. */
export interface Finetuned {
  readonly plan: Plan;
  readonly leftOut: number;
  readonly measurements: readonly Measurement[];
}

const RECORD_FILE = 'finetuning.json';
const CHECKPOINTS = 10;

/**
 * Fine-tunes a model into the folder `out`, resumes what was begun there, or finds what was made there by the same
 * plan. Throws UserError, before any work, for bad input and where `out` holds something else; the signal's reason when
 * it was stopped.
 */
export async function finetune(request: FinetuneRequest, options: FinetuneOptions): Promise<Finetuned> {
  const { model, out, memoryBytes, provider = 'cpu', precision = 'f32' } = request;
  const { config, adapter, asking } = await openModel(request);
  const maxLength = request.maxLength ?? Math.min(MAX_LENGTH_DEFAULT, config.maxPositionEmbeddings);
  if (maxLength > config.maxPositionEmbeddings)
    throw new UserError(`--max-length ${maxLength}: the model has ${config.maxPositionEmbeddings} positions`);
  const data = await readData(asking, { ...request.data, maxLength, seed: request.seed ?? 0 });
  const made = existsSync(out) ? readRecord(out) : undefined;
  const work = made === undefined ? WorkingFolder.open(out) : undefined;
  try {
    const before = made?.plan ?? work!.plan();
    const settings = runtimeSettings({
      workers: 1,
      threads: request.threads ?? before?.compute.threads ?? 1,
      provider,
      precision,
      ...(memoryBytes && { memoryBytes }),
    });
    const isSame = ({ threads, provider: place = 'cpu', precision: of = 'f32' }: Compute): boolean =>
      threads === settings.threads && place === provider && of === precision;
    const longest = { config, trains: true, samples: false, promptTokens: data.longest, maxNewTokens: 0 };
    const plan: Plan = {
      model: await hashOfModel(model),
      data: hashOf(data.train, data.heldOut),
      rows: data.train.length,
      heldOutRows: data.heldOut.length,
      ...stepsOf(request, data.train.length, config.adapter !== undefined),
      adapter: adapter ?? null,
      compute:
        before !== undefined && isSame(before.compute)
          ? before.compute
          : planCompute([longest], settings, { threads: settings.threads }),
    };
    if (made !== undefined) return await found(made, plan, out);
    return await trainBy(plan, data, work!, settings, request, options);
  } finally {
    work?.leave();
  }
}

/** The model with the adapter that is trained, if one is, and how it is asked. Throws UserError. */
async function openModel({ model, adapter: asked }: FinetuneRequest): Promise<{
  readonly config: DecoderConfig;
  /** One that begins with this training. */
  readonly adapter: Adapter | undefined;
  readonly asking: AskedModel;
}> {
  const whole = model.base ?? model.folder;
  const base = readBaseConfig(whole);
  const asking = await askedModel(whole, { eosIds: base.eosTokenIds, modelVocabSize: base.vocabSize });
  asking.tokenizer.fits(base.vocabSize);
  if (model.base === undefined) {
    const adapter = adapterFor(base, asked, '--adapter-rank');
    return { config: { ...base, ...(adapter && { adapter }) }, adapter, asking };
  }
  if (asked !== undefined)
    throw new UserError(
      `${model.folder}: is an adapter already, which is trained further; leave --adapter-rank out`,
    );
  return { config: readAdapterConfig(model.folder, base), adapter: undefined, asking };
}

async function trainBy(
  plan: Plan,
  data: TrainingData,
  work: WorkingFolder,
  settings: RuntimeSettings,
  { model, saveEvery = Math.ceil(plan.steps / CHECKPOINTS) }: FinetuneRequest,
  options: FinetuneOptions,
): Promise<Finetuned> {
  await work.begin(plan);
  const last = work.last();
  options.onPlan(plan, data, last?.state.step ?? 0);
  const pool = new ModelPool(settings);
  try {
    const context = { model, plan, data, work, last, saveEvery, options };
    return await pool.run((worker) => trainAndFinish(worker, context), { compute: plan.compute });
  } finally {
    await pool.close();
  }
}

async function trainAndFinish(
  worker: Parameters<typeof train>[0],
  context: Parameters<typeof train>[1],
): Promise<Finetuned> {
  const { model, plan, data, work } = context;
  const { handle, measurements } = await train(worker, context);
  const made: Finetuned = { plan, leftOut: data.leftOut, measurements };
  await work.finish(async (folder) => {
    await worker.save(handle, folder, { base: { name: resolve(model.base ?? model.folder) } });
    writeFileSync(join(folder, RECORD_FILE), `${JSON.stringify(made, null, 2)}\n`);
  });
  return made;
}

/** What stands in a folder that a fine-tuning has made. Throws UserError where it is another folder. */
function readRecord(out: string): Finetuned {
  const path = join(out, RECORD_FILE);
  try {
    const made: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isPlan((made as Partial<Finetuned> | null)?.plan)) return made as Finetuned;
  } catch {
    // Whatever it is, it is not the result of a fine-tuning.
  }
  throw new UserError(`${out}: exists already; name a folder that does not`, 'ALREADY_EXISTS', out);
}

/** What was made by `plan`. What a process has left that was killed behind its last step is removed. */
async function found(made: Finetuned, plan: Plan, out: string): Promise<Finetuned> {
  const difference = differenceOf(made.plan, plan);
  if (difference === undefined) {
    await WorkingFolder.clear(out, plan);
    return made;
  }
  throw new UserError(
    `${out}: holds a model of another fine-tuning (${difference}); name another --out`,
    'ALREADY_EXISTS',
    out,
  );
}

/** SHA-256 over the files of a model that its weights and its texts follow from. */
async function hashOfModel({ folder, base }: FinetuneModel): Promise<string> {
  const hash = createHash('sha256');
  for (const each of [folder, ...(base === undefined || base === folder ? [] : [base])]) {
    const names = readdirSync(each).filter((name) => /\.(json|safetensors|jinja)$/.test(name));
    for (const name of names.sort()) {
      hash.update(`${name}\n`);
      for await (const chunk of createReadStream(join(each, name))) hash.update(chunk as Buffer);
    }
  }
  return hash.digest('hex');
}
