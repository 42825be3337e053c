/** Shares as percent, with one decimal. Pure. */

/** 0.0312 -> "3.1"; never "-0.0". */
export function tenths(share: number): string {
  return (100 * share).toFixed(1).replace(/^-(0\.0)$/, '$1');
}
