/** Bounded concurrency: an asynchronous map that works on at most `max` items at a time. */
import { invariant } from './errors.js';

/**
 * The results of `work`, in the order of the items. At most `max` items are in flight; they start in order. After a
 * failure nothing more is started, and the first failure is thrown once everything in flight has settled.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  max: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  invariant(max >= 1, () => `mapConcurrent: expected max of at least 1, got ${max}`);
  const results = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
