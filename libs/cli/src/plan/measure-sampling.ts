/** Measures how answers to real prompts are sampled: their cost, their length, and how many differ. */
import { UserError } from '@soar/core';
import type { DecoderConfig } from '@soar/model';
import { promptIds, stopAt, tokensToStop, type AskedModel, type Prompts } from '@soar/prompts';
import { parameterCount, type ModelSource, type ModelWorker } from '@soar/runtime';
import { answerLength, costOf, type AnswerLength, type Cost } from './rates.js';

/** How long a part may take, in seconds; what is measured is chosen to fit. */
export const PART_SECONDS = 4;
/** Assumed before anything is measured, in floating-point operations a second and core. */
export const FLOPS = 2e10;
/** Answers that are sampled at a time: a full batch. */
export const ROWS_MAX = 64;
/** Fewer rows say little of a batch. */
const ROWS_MIN = 8;
const FIRST_TOKENS = 16;

/** One kind of answers. */
export interface SamplingRate {
  /** Seconds of a worker for each row of so many tokens. */
  readonly seconds: Cost;
  readonly length: AnswerLength;
  readonly promptTokens: number;
  /** Share of answers that are not equal to another one to the same prompt: equal ones are trained on once. */
  readonly distinct: number;
  /** What was measured. */
  readonly rows: number;
  readonly tokens: number;
}

/** The rate, and what was sampled for it. */
interface SampledRate extends SamplingRate {
  readonly answers: readonly string[];
}

/** A model that is measured. `config` is of the weights, or of the adapter over them. */
export interface MeasuredModel extends ModelSource, AskedModel {
  readonly config: DecoderConfig;
  /** What students train. */
  readonly adapter?: DecoderConfig['adapter'];
}

interface SamplingWanted {
  /** Answers that the run samples at a time, and how many of them to one prompt. */
  readonly wanted: number;
  readonly group: number;
  readonly threads: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
}

export async function measureSampling(
  worker: ModelWorker,
  model: MeasuredModel,
  asked: Prompts,
  { wanted, group, threads, temperature, maxNewTokens }: SamplingWanted,
): Promise<SampledRate> {
  const all = asked.texts.map((text) => promptIds(model, asked, text));
  const most = roomFor(all, maxNewTokens, model);
  const allTokens = all.reduce((sum, { length }) => sum + length, 0);
  const promptTokens = Math.ceil(allTokens / all.length);
  const tokensEach = FIRST_TOKENS + promptTokens / group; // a prompt is read once for its group
  const fitting = Math.floor(
    (PART_SECONDS * FLOPS * threads) / (2 * parameterCount(model.config) * tokensEach),
  );
  const rows = Math.max(2, Math.min(wanted, ROWS_MAX, Math.max(ROWS_MIN, fitting)));
  const ids = all.slice(0, Math.ceil(rows / group)); // groups are as large as in the run
  const draw = async (tokens: number, path: string) => {
    const began = performance.now();
    const sampling = { temperature, topK: 0, topP: 1, maxNewTokens: tokens, stopIds: [] };
    const places = Array.from({ length: rows }, (_, i) => ({ prompt: i % ids.length, path: `${path}/${i}` }));
    const drawn = await worker.sample(
      model.handle,
      { prompts: ids, rows: places, seed: 0, sampling },
      model.config,
    );
    return { drawn, tokens, seconds: (performance.now() - began) / 1000 };
  };
  const first = Math.min(FIRST_TOKENS, most);
  await draw(Math.min(2, most), 'warm'); // sessions are made at the first use of a shape
  const one = await draw(1, 'one');
  const short = await draw(first, 'short');
  const each = Math.max(1e-6, (short.seconds - one.seconds) / Math.max(1, first - 1));
  const affordable = Math.floor((PART_SECONDS - short.seconds) / each);
  const long =
    affordable > 2 * first && most > first ? await draw(Math.min(most, affordable), 'long') : short;
  const ends = new Set([...model.config.eosTokenIds, ...asked.endIds]);
  const lengths = long.drawn.map(({ tokens }) => endOf(tokens, ends, model, asked.stop));
  const texts = long.drawn.map(
    ({ tokens }, i) => `${i % ids.length}:${tokens.subarray(0, lengths[i] ?? tokens.length).join()}`,
  );
  const answers = long.drawn.map(({ tokens }, i) =>
    model.tokenizer.decode([...tokens.subarray(0, lengths[i] ?? tokens.length)], { skipSpecialTokens: true }),
  );
  return {
    answers,
    seconds: costOf([one, short, long].map(({ tokens, seconds }) => ({ tokens, seconds: seconds / rows }))),
    length: answerLength(lengths, long.tokens),
    promptTokens,
    distinct: new Set(texts).size / rows,
    rows,
    tokens: long.tokens,
  };
}

/** Tokens that may follow the longest of `prompts`. Throws UserError where there is none. */
function roomFor(prompts: readonly number[][], wanted: number, { config }: MeasuredModel): number {
  const longest = prompts.reduce((max, { length }) => Math.max(max, length), 0);
  const room = Math.min(wanted, config.maxPositionEmbeddings - longest);
  if (room >= 1) return room;
  throw new UserError(
    `a prompt of ${longest} tokens leaves no room to answer in the model's ${config.maxPositionEmbeddings}`,
  );
}

/** The tokens of an answer with its end; undefined where it had not ended. */
function endOf(
  tokens: Int32Array,
  ends: ReadonlySet<number>,
  { tokenizer }: AskedModel,
  stop: readonly string[],
): number | undefined {
  const decode = (count: number): string =>
    tokenizer.decode([...tokens.subarray(0, count)], { skipSpecialTokens: true });
  const end = tokens.findIndex((id) => ends.has(id));
  const hasStop = stopAt(decode(tokens.length), stop) >= 0;
  const found = [...(end < 0 ? [] : [end + 1]), ...(hasStop ? [tokensToStop(tokens, stop, decode)] : [])];
  return found.length === 0 ? undefined : Math.min(...found);
}
