/** Counts by kind, added up. */
export function sumOf(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum = new Map<string, number>();
  for (const [kind, count] of counts.flatMap((of) => Object.entries(of)))
    sum.set(kind, (sum.get(kind) ?? 0) + count);
  return Object.fromEntries(sum);
}
