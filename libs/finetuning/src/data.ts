/** The rows of a fine-tuning: read, in tokens, those that are too long left out, and some of them held out. */
import { UserError } from '@soar/core';
import type { AskedModel } from '@soar/prompts';
import { holdOut } from './batches.js';
import { encodeExamples, learnedCount, type Encoded } from './encode.js';
import { readExamples } from './examples.js';

export interface DataRequest {
  /** Files, folders or patterns. */
  readonly paths: readonly string[];
  readonly split?: string | undefined;
  /** A share of the rows, 0 for none; or files with rows of their own. */
  readonly heldOut: number | readonly string[];
  /** Longest row, in tokens. */
  readonly maxLength: number;
  readonly seed: number;
}

export interface TrainingData {
  readonly train: readonly Encoded[];
  readonly heldOut: readonly Encoded[];
  /** Rows that are longer than `maxLength`. */
  readonly leftOut: number;
  /** Held-out rows that are trained on too, token for token. */
  readonly shared: number;
  /** Tokens that are trained on in an epoch, prompts included, and those that are learned. */
  readonly tokens: number;
  readonly learnedTokens: number;
  readonly longest: number;
}

/** Throws UserError that names the file and the row. */
export async function readData(model: AskedModel, request: DataRequest): Promise<TrainingData> {
  const { paths, split, heldOut, maxLength, seed } = request;
  const read = async (from: readonly string[], which?: string): Promise<[Encoded[], number]> => {
    const all = await encodeExamples(model, await readExamples(from, which));
    const fitting = all.filter((row) => row.tokens.length <= maxLength && row.learned.length > 0);
    return [fitting, all.length - fitting.length];
  };
  const [rows, tooLong] = await read(paths, split);
  if (rows.length === 0)
    throw new UserError(
      `${paths.join(', ')}: all ${tooLong} rows are longer than ${maxLength} tokens; raise --max-length`,
      'INVALID_ARGUMENT',
      '--max-length',
    );
  const shares = typeof heldOut === 'number';
  const [apart, tooLongApart] = shares ? [[], 0] : await read(heldOut);
  const divided = shares && heldOut > 0 ? holdOut(rows, heldOut, seed) : { train: rows, heldOut: apart };
  const known = new Set(divided.train.map(({ tokens }) => tokens.join()));
  return {
    ...divided,
    leftOut: tooLong + tooLongApart,
    shared: divided.heldOut.filter(({ tokens }) => known.has(tokens.join())).length,
    tokens: divided.train.reduce((sum, { tokens }) => sum + tokens.length, 0),
    learnedTokens: divided.train.reduce((sum, row) => sum + learnedCount(row), 0),
    longest: [...divided.train, ...divided.heldOut].reduce(
      (max, { tokens }) => Math.max(max, tokens.length),
      1,
    ),
  };
}
