/**
 * Packing: texts of different lengths laid into rows of one length, several to a row, so that little of a batch is
 * padding. First-fit on texts in descending order of length (ties by their place), which is a pure function of the
 * texts. Texts in one row do not see each other (segments), and each starts at position 0.
 *
 * The batch is cut into micro-batches of a fixed number of rows; only the number of micro-batches depends on the data.
 */
import { invariant, UserError } from '@soar/core';

/** A text and, for each of its tokens, the weights its log-probability enters the loss with. */
export interface WeightedText {
  readonly tokens: ArrayLike<number>;
  /** Named per-token numbers, each as long as `tokens`: "weights", "kl_weights" ... */
  readonly channels: Readonly<Record<string, ArrayLike<number>>>;
}

/** Shape of a micro-batch: R rows of T tokens. */
export interface PackingShape {
  readonly rows: number;
  readonly time: number;
}

/** Arrays in the layout of the train graph, [N, R, T] row-major; segment 0 is padding. */
export interface PackedBatch extends PackingShape {
  readonly microBatches: number;
  readonly tokens: BigInt64Array;
  readonly positions: BigInt64Array;
  readonly segments: BigInt64Array;
  readonly channels: Readonly<Record<string, Float32Array>>;
  /** Where text i lies: its first index in the flat arrays. */
  readonly offsets: readonly number[];
}

/** Lays `texts` into micro-batches. Throws UserError RESOURCE_EXHAUSTED for a text longer than a row. */
export function packTexts(texts: readonly WeightedText[], { rows, time }: PackingShape): PackedBatch {
  invariant(texts.length > 0, 'packTexts: there are no texts');
  const order = texts
    .map((_, i) => i)
    .sort((i, j) => texts[j]!.tokens.length - texts[i]!.tokens.length || i - j);
  const filled: number[] = [];
  const segmentsUsed: number[] = [];
  const offsets = new Array<number>(texts.length);
  const segmentOf = new Array<number>(texts.length);
  // Lengths only fall, so a row too full for one text may still take a later one: remember where to look first.
  let firstOpen = 0;
  const shortest = texts[order.at(-1)!]!.tokens.length;
  for (const i of order) {
    const length = texts[i]!.tokens.length;
    if (length > time) {
      throw new UserError(
        `a text of ${length} tokens does not fit into rows of ${time}: raise the row length or lower max_new_tokens`,
        'RESOURCE_EXHAUSTED',
      );
    }
    let row = firstOpen;
    while (row < filled.length && filled[row]! + length > time) row++;
    if (row === filled.length) {
      filled.push(0);
      segmentsUsed.push(0);
    }
    offsets[i] = row * time + filled[row]!;
    segmentOf[i] = ++segmentsUsed[row]!;
    filled[row]! += length;
    while (firstOpen < filled.length && filled[firstOpen]! + shortest > time) firstOpen++;
  }
  const microBatches = Math.ceil(filled.length / rows);
  const size = microBatches * rows * time;
  const batch = {
    tokens: new BigInt64Array(size),
    positions: new BigInt64Array(size),
    segments: new BigInt64Array(size),
  };
  const names = Object.keys(texts[0]!.channels);
  const channels = Object.fromEntries(names.map((name) => [name, new Float32Array(size)]));
  texts.forEach(({ tokens, channels: own }, i) => {
    for (const name of names) channels[name]!.set(own[name]!, offsets[i]);
    for (let t = 0; t < tokens.length; t++) {
      batch.tokens[offsets[i]! + t] = BigInt(tokens[t]!);
      batch.positions[offsets[i]! + t] = BigInt(t);
      batch.segments[offsets[i]! + t] = BigInt(segmentOf[i]!);
    }
  });
  return { rows, time, microBatches, ...batch, channels, offsets };
}
