/**
 * Measures a few seconds of a run's work with the user's model, in this process: answers sampled to real prompts, a
 * training step on texts of the length that they have, and scoring by the reference, on as many workers at a time as
 * the run will have. Nothing is kept; no service is started; the artifact store is not touched.
 *
 * What is measured is as large as a few seconds allow, and the rest is extrapolated: in rows and in texts in
 * proportion, in the length of answers by the cost of a token and its growth with the text before it.
 */
import type { RunConfig } from '@soar/contracts';
import { askedDomain } from '@soar/domains';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { chatsOrTexts, studentPrompts, teacherPrompt, upToStop, type Prompts } from '@soar/prompts';
import {
  ModelPool,
  parameterCount,
  type Compute,
  type ModelWorker,
  type RuntimeSettings,
} from '@soar/runtime';
import {
  FLOPS,
  measureSampling,
  PART_SECONDS,
  ROWS_MAX,
  type MeasuredModel,
  type SamplingRate,
} from './measure-sampling.js';

/** What this machine was measured to do, with all its workers busy. */
export interface Rates {
  readonly workers: number;
  readonly student: SamplingRate;
  readonly teacher: SamplingRate;
  /** Share of the teacher's answers that are problems in the form that the domain asks for; 1 of a first turn. */
  readonly wellFormed: number;
  /** Seconds of a worker: for each token of a text that is trained on, and for each step. */
  readonly trainedToken: number;
  readonly step: number;
  /** For each token that the reference scores; 0 without a penalty. */
  readonly scoredToken: number;
  /** Texts of a measured training step, and their length. */
  readonly texts: number;
  readonly textTokens: number;
  /** How long the measuring took, with loading the model. */
  readonly tookSeconds: number;
}

export interface Measuring {
  readonly model: MeasuredModel;
  readonly config: RunConfig;
  readonly questions: readonly string[];
  readonly compute: Compute;
  readonly settings: RuntimeSettings;
  readonly signal: AbortSignal;
}

/** Throws UserError where the model cannot be loaded or asked. */
export async function measureRates(measuring: Measuring): Promise<Rates> {
  const { model, config, questions, compute, settings, signal } = measuring;
  const began = performance.now();
  const domain = askedDomain(config.domain, config.domainDefinition);
  const rl = config.student!.rl!;
  const asked = questions.slice(0, Math.max(1, Math.min(rl.questionsPerStep, ROWS_MAX)));
  const student = await studentPrompts(model, domain, config.student!.prompt, asked);
  const { text, messages, stop } = teacherPrompt(domain, config.teacher!.prompt);
  const [texts, chats] = [text === undefined ? [] : [text], messages === undefined ? [] : [messages]];
  const teacher = await chatsOrTexts(model, { texts, chats }, stop);
  const workers = Math.max(1, Math.floor((settings.workers * settings.threads) / compute.threads));
  const pool = new ModelPool(settings);
  try {
    const jobs = Array.from({ length: workers }, () =>
      pool.run((worker) => measureOn(worker, measuring, student, teacher), { signal, compute }),
    );
    const measured = await Promise.all(jobs);
    // The slowest, as the others wait for it at the end of a wave.
    const slowest = measured.reduce((a, b) => (b.student.seconds.at(1) > a.student.seconds.at(1) ? b : a));
    return { ...slowest, workers, tookSeconds: (performance.now() - began) / 1000 };
  } finally {
    await pool.close();
  }
}

type OnWorker = Omit<Rates, 'workers' | 'tookSeconds'>;

async function measureOn(
  worker: ModelWorker,
  { model, config, compute }: Measuring,
  studentAsked: Prompts,
  teacherAsked: Prompts,
): Promise<OnWorker> {
  await worker.load(model);
  const rl = config.student!.rl!;
  const own = config.teacher!;
  const rows = {
    student: rl.questionsPerStep * rl.groupSize,
    teacher: own.datasets * own.questionsPerDataset,
  };
  const { threads } = compute;
  const { answers: _, ...student } = await measureSampling(worker, model, studentAsked, {
    wanted: rows.student,
    group: rl.groupSize,
    threads,
    ...rl.sampling!,
  });
  const { answers: proposals, ...teacher } = await measureSampling(worker, model, teacherAsked, {
    wanted: rows.teacher,
    group: rows.teacher,
    threads,
    ...own.sampling!,
  });
  const start =
    model.adapter && !model.config.adapter ? { adapter: model.adapter, seed: 0, path: 'plan' } : undefined;
  await worker.clone(model.handle, STUDENT, start);
  const room = model.config.maxPositionEmbeddings;
  const length = student.promptTokens + Math.ceil(student.length.expected(rl.sampling!.maxNewTokens));
  const training = await measureTraining(worker, model, compute, Math.min(length, room), rows.student);
  const scoredToken =
    (rl.kl?.coefficient ?? 0) > 0
      ? await measureScoring(worker, model, training.textTokens, training.texts)
      : 0;
  const domain = askedDomain(config.domain, config.domainDefinition);
  const read = proposals.filter((text) => domain.parseProposal(upToStop(text, teacherAsked.stop)).ok);
  // A question alone, the first of two turns, is never a whole proposal: nothing is known of its answer.
  const wellFormed = own.answerPrompt === undefined ? read.length / proposals.length : 1;
  return { student, teacher, wellFormed, ...training, scoredToken };
}

const STUDENT = 'plan/student';

async function measureTraining(
  worker: ModelWorker,
  model: MeasuredModel,
  { microBatchTokens, threads }: Compute,
  length: number,
  wanted: number,
): Promise<Pick<Rates, 'trainedToken' | 'step' | 'texts' | 'textTokens'>> {
  const affordable = (PART_SECONDS * FLOPS * threads) / (8 * parameterCount(model.config));
  // A text is cut where even one is too long.
  const textTokens = Math.max(2, Math.min(length, Math.max(64, Math.floor(affordable))));
  const batch = Math.max(1, Math.floor(microBatchTokens / textTokens));
  const fitting = Math.floor(affordable / (batch * textTokens));
  const step = async (texts: number): Promise<number> => {
    const began = performance.now();
    await worker.trainStep({
      handle: STUDENT,
      texts: Array.from({ length: texts }, (_, i) => textOf(model, textTokens, i)),
      temperature: 1,
      kl: 'none',
      optimizer: ADAMW_DEFAULTS,
      learningRate: 1e-6,
    });
    return (performance.now() - began) / 1000;
  };
  await step(batch); // sessions are made at the first use of a shape
  const one = Math.min(await step(batch), await step(batch));
  if (one > PART_SECONDS || wanted <= 2 * batch || fitting < 2) {
    return { trainedToken: one / (batch * textTokens), step: 0, texts: batch, textTokens };
  }
  const batches = Math.max(2, Math.min(Math.ceil(wanted / batch), Math.floor(PART_SECONDS / one)));
  const many = await step(batches * batch);
  const each = Math.max(0, (many - one) / (batches - 1));
  return {
    trainedToken: each / (batch * textTokens),
    step: Math.max(0, one - each),
    texts: batches * batch,
    textTokens,
  };
}

function textOf({ config }: MeasuredModel, length: number, seed: number) {
  const tokens = Int32Array.from({ length }, (_, t) => (seed * 7919 + t * 104_729) % config.vocabSize);
  const weights = new Float32Array(length).fill(1e-4);
  weights[0] = 0;
  return { tokens, weights };
}

async function measureScoring(
  worker: ModelWorker,
  model: MeasuredModel,
  length: number,
  count: number,
): Promise<number> {
  const texts = Array.from({ length: count }, (_, i) => textOf(model, length, i).tokens);
  await worker.score(model.handle, texts, 1);
  const began = performance.now();
  await worker.score(model.handle, texts, 1);
  return (performance.now() - began) / 1000 / (count * length);
}
