/**
 * ComparisonService over the comparisons: requests in, resources out. The server has checked the rules of single
 * fields.
 */
import {
  ComparisonService,
  type ComparisonUnit,
  ComparisonUnitSchema,
  type ListComparisonUnitsRequest,
  toBinary,
} from '@soar/contracts';
import { service, type Service } from '@soar/grpc-kit';
import { watch } from '../resources/watch.js';
import type { Comparisons } from './comparisons.js';

const PAGE_SIZE_DEFAULT = 100;
/** A page of units ends once it is this long: half of the largest message, which leaves room for its last unit. */
const PAGE_BYTES_MAX = 8 * 1024 * 1024;

export function comparisonRoutes(comparisons: Comparisons): Service {
  return service(ComparisonService, {
    createComparison: async (request, { signal }) => ({
      comparison: await comparisons.create(request, signal),
    }),
    extendComparison: async (request) => ({ comparison: await comparisons.extend(request) }),
    getComparison: async ({ id }) => ({ comparison: await comparisons.get(id) }),
    listComparisons: async ({ pageSize, pageToken }) => {
      const limit = pageSize || PAGE_SIZE_DEFAULT;
      const found = await comparisons.list(pageToken, limit + 1);
      const page = found.slice(0, limit);
      return { comparisons: page, nextPageToken: found.length > limit ? page.at(-1)!.id : '' };
    },
    listComparisonUnits: (request) => listUnits(comparisons, request),
    watchComparison: ({ id }, context) => {
      const read = async () => ({ comparison: await comparisons.get(id) });
      return watch(
        { feed: comparisons.feed(id), read, stateIn: ({ comparison }) => comparison?.state },
        context,
      );
    },
    pauseComparison: async ({ id }) => ({ comparison: await comparisons.pause(id) }),
    resumeComparison: async ({ id, allowVersionChange }, { signal }) => ({
      comparison: await comparisons.resume(id, allowVersionChange, signal),
    }),
    cancelComparison: async ({ id }) => ({ comparison: await comparisons.cancel(id) }),
  });
}

async function listUnits(
  comparisons: Comparisons,
  { id, pageSize, pageToken }: ListComparisonUnitsRequest,
): Promise<{ units: ComparisonUnit[]; nextPageToken: string }> {
  const limit = pageSize || PAGE_SIZE_DEFAULT;
  const names = await comparisons.unitNames(id, pageToken);
  const units: ComparisonUnit[] = [];
  let bytes = 0;
  for (const name of names.slice(0, limit)) {
    if (bytes >= PAGE_BYTES_MAX) break;
    const unit = await comparisons.unit(id, name);
    units.push(unit);
    bytes += toBinary(ComparisonUnitSchema, unit).length;
  }
  return { units, nextPageToken: units.length < names.length ? units.at(-1)!.name : '' };
}
