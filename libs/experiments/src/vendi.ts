/**
 * Diversity of a set of questions: the Vendi score (Friedman and Dieng 2023, arXiv 2210.02410), exp of the Shannon
 * entropy of the eigenvalues of K / n for a similarity kernel K with ones on its diagonal. 1: all alike; n: all
 * different.
 *
 * Similarities are cosines of embeddings that the caller supplies: mean hidden states of a model, or an embedding
 * model's, as in the paper. `ngramKernel` compares strings. It is no measure of diversity: a teacher that has collapsed
 * to one kind of question with ever new numbers keeps nearly all of it. It is here for texts whose kernel can be
 * computed by hand, and to show this. Checked against the `vendi-score` package (vendi.test.ts).
 */
import { UserError, type Random } from '@soar/core';
import { mean, quantile } from './moments.js';
import { symmetricEigenvalues } from './symmetric-eigenvalues.js';

/** Similarities of n items: n rows of n. */
export type Kernel = readonly (readonly number[])[];

/** Vendi score of a kernel whose items occur `weights` times; equal items may be given once with their count. */
export function vendiScore(kernel: Kernel, weights: readonly number[] = kernel.map(() => 1)): number {
  if (kernel.length === 0 || kernel.some((row) => row.length !== kernel.length))
    throw new UserError(
      `Vendi score: expected a square kernel of at least one item, got ${kernel.length} rows`,
    );
  const n = weights.reduce((a, b) => a + b, 0);
  // Repeats add nothing but weight: the eigenvalues of W^1/2 K W^1/2 are those of the full kernel without its zeros.
  const scaled = kernel.map((row, i) => row.map((k, j) => (k * Math.sqrt(weights[i]! * weights[j]!)) / n));
  const entropy = symmetricEigenvalues(scaled).reduce(
    (sum, v) => (v > 1e-12 ? sum - v * Math.log(v) : sum),
    0,
  );
  return Math.exp(entropy);
}

/** Cosines of vectors of equal length. */
export function cosineKernel(vectors: readonly (readonly number[])[]): Kernel {
  const unit = vectors.map((v, i) => {
    const length = Math.hypot(...v);
    if (v.length !== vectors[0]!.length || !(length > 0) || !Number.isFinite(length))
      throw new UserError(
        `embedding ${i}: expected ${vectors[0]!.length} finite numbers that are not all 0, got ${v.length}`,
      );
    return v.map((x) => x / length);
  });
  return unit.map((a, i) => unit.map((b, j) => (i === j ? 1 : a.reduce((sum, x, d) => sum + x * b[d]!, 0))));
}

const NGRAM = 3;

/** Cosines of character trigram counts; texts shorter than a trigram are compared as one n-gram. */
export function ngramKernel(texts: readonly string[]): Kernel {
  const counts = texts.map((text) => {
    const grams = new Map<string, number>();
    for (let i = 0; i < Math.max(1, text.length - NGRAM + 1); i++) {
      const gram = text.slice(i, i + NGRAM);
      grams.set(gram, (grams.get(gram) ?? 0) + 1);
    }
    return grams;
  });
  const norms = counts.map((grams) => Math.sqrt([...grams.values()].reduce((s, c) => s + c * c, 0)));
  return counts.map((a, i) =>
    counts.map((b, j) => {
      if (i === j) return 1;
      let dot = 0;
      for (const [gram, count] of a) dot += count * (b.get(gram) ?? 0);
      return dot / (norms[i]! * norms[j]!);
    }),
  );
}

/** Questions per subsample and number of subsamples, as in the paper. */
const VENDI_QUESTIONS = 128;
export const VENDI_SUBSAMPLES = 100;

/** Vendi score over bootstrap subsamples. */
export interface Diversity {
  /** Mean over the subsamples. */
  readonly value: number;
  /** Middle 95 % of the subsamples. */
  readonly interval: readonly [number, number];
  /** Score of all questions as they stand, each once. */
  readonly whole: number;
  readonly questions: number;
}

/**
 * Draws 128 of the questions with replacement, 100 times, whatever their number: scores depend on the size of a set,
 * so sets of one size are compared. Drawing repeats lowers every score alike.
 */
export function diversity(kernel: Kernel, random: Random): Diversity {
  return diversityOf(
    kernel,
    Array.from({ length: VENDI_SUBSAMPLES }, (_, b) => subsampleScore(kernel, random, b)),
  );
}

/** The score of subsample `b`: one eigenvalue problem, for callers who do other work in between. */
export function subsampleScore(kernel: Kernel, random: Random, b: number): number {
  const weights = new Array<number>(kernel.length).fill(0);
  const at = random.at(b);
  for (let i = 0; i < VENDI_QUESTIONS; i++) weights[at.integer(i, kernel.length)]! += 1;
  const kept = weights.flatMap((w, i) => (w > 0 ? [i] : []));
  return vendiScore(
    kept.map((i) => kept.map((j) => kernel[i]![j]!)),
    kept.map((i) => weights[i]!),
  );
}

/** The diversity from the scores of all subsamples. */
export function diversityOf(kernel: Kernel, subsamples: readonly number[]): Diversity {
  const scores = [...subsamples].sort((a, b) => a - b);
  return {
    value: mean(scores),
    interval: [quantile(scores, 0.025), quantile(scores, 0.975)],
    whole: vendiScore(kernel),
    questions: kernel.length,
  };
}
