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
interface PackingShape {
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

/** Predictions of a micro-batch in chunks, [chunks, chunk] row-major; what fills the last chunk does not count. */
export interface PredictionBatch {
  readonly chunks: number;
  readonly chunk: number;
  /** Index of the token that predicts, in the micro-batch. */
  readonly places: BigInt64Array;
  readonly targets: BigInt64Array;
  readonly channels: Readonly<Record<string, Float32Array>>;
  /** How many of them are meant. */
  readonly count: number;
}

/**
 * The predictions of micro-batch `i` that count, in order: of every token but the first of a text whose number in one
 * of `counting` is not 0, or of all where none are named. They are spread evenly over chunks of at most `chunkMax`.
 */
export function predictionsOf(
  { rows, time, tokens, segments, channels }: PackedBatch,
  i: number,
  { chunkMax, counting }: { readonly chunkMax: number; readonly counting: readonly string[] },
): PredictionBatch {
  const from = i * rows * time;
  const counts = counting.map((name) => channels[name]!);
  const places: number[] = [];
  for (let at = from + 1; at < from + rows * time; at++) {
    if ((at - from) % time === 0 || segments[at] === 0n || segments[at] !== segments[at - 1]) continue;
    if (counts.length === 0 || counts.some((numbers) => numbers[at] !== 0)) places.push(at - 1 - from);
  }
  const chunks = Math.ceil(places.length / chunkMax);
  const chunk = Math.ceil(places.length / Math.max(1, chunks));
  const length = places.length === 0 ? 0 : chunks * chunk;
  // The last chunk is filled up with the last prediction: numbers that are no further from each other than real ones.
  const place = (k: number): number => places[Math.min(k, places.length - 1)]!;
  const channel = (name: string, k: number): number =>
    k >= places.length && counting.includes(name) ? 0 : channels[name]![from + place(k) + 1]!;
  return {
    chunks,
    chunk,
    places: BigInt64Array.from({ length }, (_, k) => BigInt(place(k))),
    targets: BigInt64Array.from({ length }, (_, k) => tokens[from + place(k) + 1]!),
    channels: Object.fromEntries(
      Object.keys(channels).map((name) => [name, Float32Array.from({ length }, (_, k) => channel(name, k))]),
    ),
    count: places.length,
  };
}
