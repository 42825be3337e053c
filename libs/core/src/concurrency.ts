/** Bounded concurrency: a map whose work is under way for at most so many items at a time. */
import { invariant } from './errors.js';

/**
 * Results of `work` in the order of the items; `max` of them are worked on at a time, started in order. The first
 * failure is thrown once everything in flight has settled; nothing is started after it.
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
