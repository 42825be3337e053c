/** Follows a comparison on a coordinator and shows it as progress. */
import type { Comparison, ComparisonService, ComparisonUnit, WatchComparisonResponse } from '@soar/contracts';
import type { Client } from '@soar/grpc-kit';
import { ComparisonCourse } from '../course/comparison-course.js';
import type { Progress } from '../progress.js';
import { watch } from '../watch.js';

export type ComparisonClient = Client<typeof ComparisonService>;

const PAGES_MAX = 10_000;

/**
 * Watches until the comparison ends; a paused one is waited for. Resolves with its last state. `onUnit` is called for
 * each finished unit; `course` has those that were finished before.
 */
export function watchComparison(
  client: ComparisonClient,
  id: string,
  progress: Progress,
  onUnit: (unit: ComparisonUnit) => Promise<void> | void,
  signal?: AbortSignal,
  course = new ComparisonCourse(),
): Promise<Comparison> {
  return watch<Comparison, WatchComparisonResponse>({
    noun: 'comparison',
    id,
    address: client.address,
    open: (options) => client.watchComparison({ id }, options),
    resourceIn: ({ comparison }) => comparison,
    onEvent: async ({ comparison, unit, progress: part }) => {
      if (comparison !== undefined) course.take(comparison);
      if (unit !== undefined) {
        course.unit(unit.name, false);
        await onUnit(unit);
      }
      if (part === undefined) return;
      course.progress(part);
      // The whole says it already.
      if (part.activity !== 'units') progress.update({ ...part, whole: course.whole() });
    },
    progress,
    signal,
  });
}

/** Every finished unit. */
export async function* unitsOf(client: ComparisonClient, id: string): AsyncIterable<ComparisonUnit> {
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const { units, nextPageToken } = await client.listComparisonUnits({ id, pageToken, pageSize: 1_000 });
    yield* units;
    pageToken = nextPageToken;
    if (pageToken === '') return;
  }
}

/** The outcome of a unit, in one line. */
export function describeUnit({ result }: ComparisonUnit): string {
  if (result.case === 'teacher') {
    const { steps, promotions, questions } = result.value;
    return `${steps.length} outer steps, ${promotions.length} promotions, ${questions.length} questions`;
  }
  if (result.case !== 'student') return 'nothing';
  const { heldOut, cost } = result.value;
  const { samples, correct } = heldOut.at(-1)!;
  const share = correct.reduce((a, b) => a + b, 0) / (samples * correct.length);
  return `${cost?.steps ?? 0} steps, pass@1 ${(100 * share).toFixed(1)} %`;
}
