/** The arithmetic mean, summed from the first value to the last. Pure. */
import { UserError } from '@soar/core';

/** Mean of `values`. The order of the sum is the order given, so that equal inputs give equal bits. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new UserError('mean: expected at least one value, got none');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
