/**
 * Cuts a request for completions into units of work. Pure: which rows share a unit, and every padded size, follow from
 * the request and the settings alone.
 */
import { UserError } from '@soar/core';
import type { DecoderConfig } from '@soar/model';
import { rowsWithin } from './memory.js';
import type { JobSettings, WorkShapes } from './settings.js';

/** How tokens are drawn. */
export interface SamplingSettings {
  /** 0 decodes greedily. */
  readonly temperature: number;
  /** Keeps this many most likely tokens; 0: off. */
  readonly topK: number;
  /** Keeps the most likely tokens up to this probability; 0 or 1: off. */
  readonly topP: number;
  /** The end token included. */
  readonly maxNewTokens: number;
  readonly stopIds: readonly number[];
}

/** One completion to draw: which prompt it continues, and where its random numbers come from. */
export interface RolloutRow {
  readonly prompt: number;
  /** Path of its random numbers below the seed; token t has the uniform number t there. Unused by greedy decoding. */
  readonly path: string;
}

export interface RolloutRequest {
  readonly prompts: readonly ArrayLike<number>[];
  readonly rows: readonly RolloutRow[];
  readonly seed: number;
  readonly sampling: SamplingSettings;
  /**
   * Whether a completion of these tokens has ended, though the last is no stop token: a stop text, say. Asked whenever
   * a row has drawn some more; its completion may hold tokens behind its end.
   */
  readonly endsWith?: (tokens: Int32Array) => boolean;
}

/** A row that has not ended. */
export interface OpenRow {
  /** In the request. */
  readonly index: number;
  readonly path: string;
  /** Its prompt and what it has drawn. */
  readonly text: ArrayLike<number>;
  /** Tokens that it has drawn: the index of its next uniform number. */
  readonly drawn: number;
}

/** A unit of work: rows that a worker draws together, each from its text to its end. */
export interface RolloutUnit {
  readonly promptIds: BigInt64Array; // [prompts, promptTime]
  readonly promptLengths: BigInt64Array; // [prompts]
  readonly promptTime: number;
  /** For each row the prompt that it continues, its path and first random number, and the most tokens it may draw. */
  readonly rowPrompt: readonly number[];
  readonly paths: readonly string[];
  readonly drawn: readonly number[];
  readonly tokensMax: readonly number[];
  readonly seed: number;
  readonly sampling: SamplingSettings;
}

/** A unit, and what stays with its caller. */
export interface PlannedUnit extends Pick<RolloutRequest, 'endsWith'> {
  readonly unit: RolloutUnit;
  readonly rows: readonly OpenRow[];
}

/** The shapes of a request's units, with batches no larger than the job's memory allows. */
export function shapesWithin(
  config: DecoderConfig,
  { prompts, sampling }: RolloutRequest,
  { shapes, memoryBytesMax }: JobSettings,
): WorkShapes {
  const longest = prompts.reduce((max, { length }) => Math.max(max, length), 1);
  const size = {
    promptTime: roundUp(longest, shapes.promptTime),
    promptChunk: shapes.promptChunk,
    blockTokens: shapes.blockTokens,
    rounds: sampling.maxNewTokens,
  };
  return { ...shapes, rolloutRows: rowsWithin(config, shapes.rolloutRows, size, memoryBytesMax) };
}

/** Properties of the model that does the work. */
export type ModelLimits = Pick<DecoderConfig, 'vocabSize' | 'maxPositionEmbeddings' | 'rotary'>;

/** Units for rows of a request. Rows of a unit have texts of one padded length. */
export function planUnits(
  rows: readonly OpenRow[],
  request: Pick<RolloutRequest, 'seed' | 'sampling' | 'endsWith'>,
  limits: ModelLimits,
  shapes: WorkShapes,
): PlannedUnit[] {
  const buckets = new Map<number, OpenRow[]>();
  for (const row of rows) {
    const time = roundUp(row.text.length, shapes.promptTime);
    const bucket = buckets.get(time);
    if (bucket) bucket.push(row);
    else buckets.set(time, [row]);
  }
  const largest = shapes.rolloutRows.at(-1)!;
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .flatMap(([time, all]) =>
      Array.from({ length: Math.ceil(all.length / largest) }, (_, i) =>
        planUnit(all.slice(i * largest, (i + 1) * largest), time, request, limits),
      ),
    );
}

function planUnit(
  rows: readonly OpenRow[],
  promptTime: number,
  { seed, sampling, endsWith }: Pick<RolloutRequest, 'seed' | 'sampling' | 'endsWith'>,
  limits: ModelLimits,
): PlannedUnit {
  const texts = [...new Set(rows.map(({ text }) => text))];
  const place = new Map(texts.map((text, i) => [text, i]));
  const promptIds = new BigInt64Array(texts.length * promptTime);
  texts.forEach((text, q) => {
    for (let t = 0; t < text.length; t++) promptIds[q * promptTime + t] = BigInt(text[t]!);
  });
  const unit = {
    promptIds,
    promptLengths: BigInt64Array.from(texts, ({ length }) => BigInt(length)),
    promptTime,
    rowPrompt: rows.map(({ text }) => place.get(text)!),
    paths: rows.map(({ path }) => path),
    drawn: rows.map(({ drawn }) => drawn),
    tokensMax: rows.map(({ text, drawn }) =>
      Math.min(sampling.maxNewTokens - drawn, roomBehind(text.length, limits)),
    ),
    seed,
    sampling,
  };
  return { unit, rows, ...(endsWith && { endsWith }) };
}

/**
 * Tokens that may follow a text of `length` before it has no more positions or has to be read again: longrope has other
 * frequencies for texts of more than `positions` tokens, and the keys that were kept are rotated by the old ones.
 */
function roomBehind(length: number, { maxPositionEmbeddings, rotary: { scaling } }: ModelLimits): number {
  const changes = scaling?.kind === 'longrope' && length <= scaling.positions;
  const end = changes ? Math.min(scaling.positions + 1, maxPositionEmbeddings) : maxPositionEmbeddings;
  return end - length;
}

/** Throws UserError for prompt `i` when the model cannot read it. */
export function checkPrompt(prompt: ArrayLike<number>, i: number, limits: ModelLimits): void {
  const { vocabSize, maxPositionEmbeddings } = limits;
  if (prompt.length === 0) throw new UserError(`prompt ${i}: it has no tokens; give at least one`);
  if (prompt.length >= maxPositionEmbeddings) {
    throw new UserError(
      `prompt ${i}: ${prompt.length} tokens leave no room to answer in the model's ${maxPositionEmbeddings} positions`,
    );
  }
  for (let t = 0; t < prompt.length; t++) {
    const id = prompt[t]!;
    if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
      throw new UserError(`prompt ${i}: token ${t} is ${id}, expected an id from 0 to ${vocabSize - 1}`);
    }
  }
}

export function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}
