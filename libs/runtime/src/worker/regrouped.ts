/**
 * Which samples of a rollout are rows of the next batch. Those that have ended leave. Those of one row that have drawn
 * the same token go on as one row: a row does not depend on its neighbours, so each would be computed alike.
 */

/** A batch to be: samples and rows by their numbers in the one before. */
export interface Batch {
  /** The samples that go on; the first again where a size is to be filled up. */
  readonly kept: readonly number[];
  /** For each of them its row. */
  readonly rowOf: readonly number[];
  /** For each row one of its samples: by its number before, and by its place in `kept`. */
  readonly heads: readonly number[];
  readonly sampleOf: readonly number[];
}

/**
 * The batch of the samples that are `open`, with their last token and their row so far; undefined where it stays as it
 * is. Rows are shared where that halves the batch at least, because parting takes time too. `sizeFor`: the size of a
 * batch for so many rows.
 */
export function regrouped(
  open: readonly number[],
  { tokens, rowOf }: { readonly tokens: BigInt64Array; readonly rowOf: readonly number[] },
  sizeFor: (count: number) => number,
): Batch | undefined {
  const groups = new Map<string, number[]>();
  for (const i of open) {
    const key = `${rowOf[i]!}/${tokens[i]!}`;
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  const kept = filledUp(open, sizeFor(open.length));
  const rows = sizeFor(groups.size);
  const isShared = 2 * rows <= kept.length;
  const isApart = rowOf.every((row, i) => row === i);
  if (!isShared && isApart && kept.length === tokens.length) return undefined;
  if (!isShared) {
    const each = [...kept.keys()];
    return { kept, rowOf: each, heads: kept, sampleOf: each };
  }
  const members = [...groups.values()];
  const rowFor = new Map(members.flatMap((group, row) => group.map((i) => [i, row] as const)));
  const firsts = members.map(([first]) => first!);
  const heads = filledUp(firsts, rows);
  return {
    kept,
    rowOf: kept.map((i) => rowFor.get(i)!),
    heads,
    sampleOf: heads.map((i) => kept.indexOf(i)),
  };
}

/** `rows` and copies of the first up to `size`. */
export function filledUp(rows: readonly number[], size: number): number[] {
  return Array.from({ length: size }, (_, i) => rows[i] ?? rows[0]!);
}

/**
 * Rows that a smaller batch has to save, added up over its rounds, to be worth its price: it copies the cache of its
 * rows, and each run has a price of its own.
 */
export function rowsToLeave(rows: number): number {
  return 2 * rows + 16;
}
