/** Bounded fan-out: at most `max` of the work at a time; the first failure ends it, after what is in flight has settled. */
export async function inParallel<T>(
  items: readonly T[],
  max: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        await work(items[index]!, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(max, items.length) }, worker));
  const rejected = workers.find((it) => it.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
}
