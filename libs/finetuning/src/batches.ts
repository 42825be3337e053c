/**
 * Which rows are held out, and which are in a step: the rows in endless epochs, each in an order of its own, cut into
 * batches. A step's batch follows from its number and the seed alone, so that a resumed work continues exactly.
 *
 * The loss of a batch is the mean over its learned tokens, as in transformers.
 */
import { Random } from '@soar/core';
import type { TrainingText } from '@soar/runtime';
import { learnedCount, type Encoded } from './encode.js';

/** Splits rows into those that are trained on and a held-out share of them, at least one; both keep their order. */
export function holdOut<T>(rows: readonly T[], share: number, seed: number): { train: T[]; heldOut: T[] } {
  const count = Math.min(rows.length - 1, Math.max(1, Math.round(share * rows.length)));
  const order = Random.of(seed).at('finetune', 'held-out').permutation(rows.length);
  const chosen = new Set(order.slice(0, Math.max(0, count)));
  return { train: rows.filter((_, i) => !chosen.has(i)), heldOut: rows.filter((_, i) => chosen.has(i)) };
}

/** The rows of each step, for training after training. */
export class Batches {
  private epoch = -1;
  private order: readonly number[] = [];

  constructor(
    private readonly rows: readonly Encoded[],
    private readonly size: number,
    private readonly seed: number,
  ) {}

  /** The rows of `step`, from 0. */
  at(step: number): Encoded[] {
    return Array.from({ length: this.size }, (_, i) => this.draw(step * this.size + i));
  }

  private draw(index: number): Encoded {
    const { length } = this.rows;
    const epoch = Math.floor(index / length);
    if (epoch !== this.epoch) {
      this.order = Random.of(this.seed).at('finetune', 'epoch', epoch).permutation(length);
      this.epoch = epoch;
    }
    return this.rows[this.order[index % length]!]!;
  }
}

/** A batch as the training graph takes it. */
export function trainingTexts(batch: readonly Encoded[]): TrainingText[] {
  const count = batch.reduce((sum, row) => sum + learnedCount(row), 0);
  return batch.map(({ tokens, learned }) => {
    const weights = new Float32Array(tokens.length);
    for (const [begin, end] of learned) weights.fill(1 / count, begin, end);
    return { tokens, weights };
  });
}

/** Sum of the log-probabilities of the learned tokens, in double precision. */
export function learnedLogprob({ learned }: Encoded, logprobs: Float32Array): number {
  let sum = 0;
  for (const [begin, end] of learned) for (let at = begin; at < end; at++) sum += logprobs[at]!;
  return sum;
}
