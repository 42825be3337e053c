/**
 * Cuts one phase of a request for completions into units of canonical shape. Pure: which rows share a unit, and every
 * padded size, follow from the request and the settings alone. The phases are rollout-phases.ts.
 */
import { UserError } from '@soar/core';
import type { DecoderConfig } from '@soar/model';
import type { WorkShapes } from './settings.js';

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
}

/** A unit of work. Padding rows are copies of the first, so that they end when it ends. */
export interface RolloutUnit {
  readonly promptIds: BigInt64Array; // [promptRows, promptTime]
  readonly promptLengths: BigInt64Array; // [promptRows]
  readonly promptTime: number;
  readonly rowPrompt: BigInt64Array; // [rows]
  /** Paths of the rows that are meant; the others repeat the first. */
  readonly paths: readonly string[];
  /** Rounds of the loop, the most tokens any row may draw in it. */
  readonly rounds: number;
  /** Tokens that the rows have drawn before: the index of their next uniform number. */
  readonly drawn: number;
  readonly seed: number;
  readonly sampling: SamplingSettings;
}

/** A unit, and for each row that is meant its index in the request and the most tokens it may draw here. */
export interface PlannedUnit {
  readonly unit: RolloutUnit;
  readonly rows: readonly { readonly index: number; readonly tokensMax: number }[];
}

/** A stretch of a request: at most `rounds` tokens, for rows that have drawn `drawn` before. */
export interface Phase {
  readonly drawn: number;
  readonly rounds: number;
}

/** Properties of the model that does the work. */
export type ModelLimits = Pick<DecoderConfig, 'vocabSize' | 'maxPositionEmbeddings' | 'rotary'>;

/** The units of a phase, in which request.prompts hold what was drawn before. */
export function planUnits(
  request: RolloutRequest,
  phase: Phase,
  limits: ModelLimits,
  shapes: WorkShapes,
): PlannedUnit[] {
  const buckets = new Map<number, number[]>();
  request.rows.forEach(({ prompt }, index) => {
    const time = roundUp(request.prompts[prompt]!.length, shapes.promptTime);
    const bucket = buckets.get(time);
    if (bucket) bucket.push(index);
    else buckets.set(time, [index]);
  });
  const largest = shapes.rolloutRows.at(-1)!;
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .flatMap(([time, indices]) =>
      Array.from({ length: Math.ceil(indices.length / largest) }, (_, i) =>
        planUnit(request, phase, indices.slice(i * largest, (i + 1) * largest), time, limits, shapes),
      ),
    );
}

function planUnit(
  { prompts, rows, seed, sampling }: RolloutRequest,
  { drawn, rounds }: Phase,
  indices: readonly number[],
  promptTime: number,
  limits: ModelLimits,
  shapes: WorkShapes,
): PlannedUnit {
  const distinct = [...new Set(indices.map((i) => rows[i]!.prompt))];
  const place = new Map(distinct.map((prompt, i) => [prompt, i]));
  const promptRows = roundUp(distinct.length, shapes.promptRows);
  const promptIds = new BigInt64Array(promptRows * promptTime);
  const promptLengths = new BigInt64Array(promptRows);
  for (let q = 0; q < promptRows; q++) {
    const prompt = prompts[distinct[q < distinct.length ? q : 0]!]!;
    for (let t = 0; t < prompt.length; t++) promptIds[q * promptTime + t] = BigInt(prompt[t]!);
    promptLengths[q] = BigInt(prompt.length);
  }
  const planned = indices.map((index) => {
    return { index, tokensMax: Math.min(rounds, roomBehind(prompts[rows[index]!.prompt]!.length, limits)) };
  });
  const size = shapes.rolloutRows.find((count) => count >= indices.length)!;
  const rowPrompt = BigInt64Array.from({ length: size }, (_, b) =>
    BigInt(place.get(rows[indices[b] ?? indices[0]!]!.prompt)!),
  );
  return {
    unit: {
      promptIds,
      promptLengths,
      promptTime,
      rowPrompt,
      paths: indices.map((i) => rows[i]!.path),
      rounds: Math.max(...planned.map(({ tokensMax }) => tokensMax)),
      drawn,
      seed,
      sampling,
    },
    rows: planned,
  };
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
