/** Axes: from values to pixels, and round numbers to write at them. Pure. */

export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** A scale over the values with about `count` round ticks. `include`: values that it always shows. */
export function scaleOf(values: readonly number[], include: readonly number[], count = 4): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of [...include, ...values]) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { from: 0, to: 1, ticks: [0, 1] };
  if (low === 0 && high === 0) high = 1;
  if (low === high) [low, high] = [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  const step = roundStep((high - low) / count);
  const from = Math.floor(low / step + 1e-9) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) =>
    round(from + i * step, step),
  );
  return { from: ticks[0]!, to: ticks.at(-1)!, ticks };
}

/** Whole numbers from `first` to `last`, at most `count` of them, the ends included where they fit. */
export function wholeTicks(first: number, last: number, count: number): number[] {
  const step = Math.max(1, roundStep((last - first) / Math.max(1, count)));
  const ticks: number[] = [];
  for (let tick = Math.ceil(first / step) * step; tick <= last; tick += step) ticks.push(tick);
  return ticks;
}

/** 1, 2 or 5 times a power of ten, at least `wanted`. */
function roundStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted > 0 ? wanted : 1));
  const times = [1, 2, 5, 10].find((each) => each * power >= wanted * (1 - 1e-9)) ?? 10;
  return times * power;
}

/** Without the last bits of the sum. */
function round(value: number, step: number): number {
  const digits = Math.max(0, -Math.floor(Math.log10(step)) + 1);
  return Number(value.toFixed(Math.min(digits, 20)));
}

/** Index of the x nearest to `x`, in ascending `xs`; -1 in an empty list. */
export function nearest(xs: readonly number[], x: number): number {
  let [low, high] = [0, xs.length - 1];
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= x) low = middle;
    else high = middle;
  }
  return Math.abs(xs[low]! - x) <= Math.abs(xs[high]! - x) ? low : high;
}
