/** NaN and infinities in weights: found before they are used, and named. */
import { UserError } from '@soar/core';

/** Throws UserError NOT_FINITE that names the first value of `data` that is no finite number. */
export function requireFinite(data: Float32Array, name: string, source: string): void {
  // A sum is finite unless an element is not (or the sum overflows): one pass without a branch, then a search.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  if (Number.isFinite(sum)) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new UserError(
    `${source}: tensor ${name}: element ${at} is ${data[at]}, expected a finite number`,
    'NOT_FINITE',
    name,
  );
}
