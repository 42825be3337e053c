/**
 * Fewer points that look the same: of the points that fall into one column of the screen, the lowest and the highest
 * are kept, in their order. So a spike stays a spike, whatever the number of steps. Pure.
 */

export type Point = readonly [x: number, y: number];

/** At most about twice `columns` of `points`, whose x ascend. Few points come back as they are. */
export function downsample(points: readonly Point[], columns: number): readonly Point[] {
  if (points.length <= 2 * columns) return points;
  const kept: Point[] = [];
  const size = points.length / columns;
  for (let column = 0; column < columns; column++) {
    const [from, to] = [Math.floor(column * size), Math.floor((column + 1) * size)];
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (points[i]![1] < points[low]![1]) low = i;
      if (points[i]![1] > points[high]![1]) high = i;
    }
    kept.push(points[Math.min(low, high)]!);
    if (low !== high) kept.push(points[Math.max(low, high)]!);
  }
  // The line ends where the data end.
  if (kept.at(-1) !== points.at(-1)) kept.push(points.at(-1)!);
  return kept;
}

/** A range of values at each x. */
export type Range = readonly [x: number, low: number, high: number];

/** At most `columns` ranges, each as wide as all in its column. */
export function downsampleRanges(ranges: readonly Range[], columns: number): readonly Range[] {
  if (ranges.length <= columns) return ranges;
  const size = ranges.length / columns;
  return Array.from({ length: columns }, (_, column): Range => {
    const part = ranges.slice(Math.floor(column * size), Math.floor((column + 1) * size));
    const x = part[part.length >> 1]![0];
    return [x, Math.min(...part.map(([, low]) => low)), Math.max(...part.map(([, , high]) => high))];
  });
}
