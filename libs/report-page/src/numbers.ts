/** Numbers as a page writes them. What is absent or not a number is a dash, never "NaN". */
import { tenths } from '@soar/experiments';

const NONE = '–';

/** 0.0312 -> "3.1 %", in one line. */
export function percent(share: number | undefined): string {
  return isNumber(share) ? `${tenths(share)}\u{a0}%` : NONE;
}

/** A reward or a norm: three decimals, or three digits where it is large or very small. */
export function decimal(value: number | undefined): string {
  if (!isNumber(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 1000 || (size > 0 && size < 0.0005)) return value.toPrecision(3);
  return value.toFixed(3).replace(/^-(0\.000)$/, '$1');
}

/** A count: 12345 -> "12,345". */
export function count(value: number | bigint | undefined): string {
  if (typeof value === 'bigint') return count(Number(value));
  return isNumber(value)
    ? Math.round(value)
        .toString()
        .replace(/\B(?=(\d{3})+$)/g, ',')
    : NONE;
}

/** 75.9 -> "1 min 16 s". */
export function duration(seconds: number | undefined): string {
  if (!isNumber(seconds) || seconds < 0) return NONE;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${count(hours)} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

export function isNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

/** The numbers among them. */
export function finite(values: readonly number[]): number[] {
  return values.filter((value) => Number.isFinite(value));
}

/** A range that has all of the numbers, and `least` at least; never empty. */
export function rangeOf(values: readonly number[], least: readonly [number, number]): [number, number] {
  const range: [number, number] = [...least];
  for (const value of finite(values)) {
    range[0] = Math.min(range[0], value);
    range[1] = Math.max(range[1], value);
  }
  return range[0] < range[1] ? range : [range[0] - 0.5, range[1] + 0.5];
}
