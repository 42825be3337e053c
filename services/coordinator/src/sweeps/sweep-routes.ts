/** SweepService over the sweeps: requests in, resources out. The server has checked the rules of single fields. */
import { SweepService } from '@soar/contracts';
import { service, type Service } from '@soar/grpc-kit';
import { watch } from '../resources/watch.js';
import type { Sweeps } from './sweeps.js';

const PAGE_SIZE_DEFAULT = 100;

export function sweepRoutes(sweeps: Sweeps): Service {
  return service(SweepService, {
    createSweep: async (request, { signal }) => ({ sweep: await sweeps.create(request, signal) }),
    getSweep: async ({ id }) => ({ sweep: await sweeps.get(id) }),
    listSweeps: async ({ pageSize, pageToken }) => {
      const limit = pageSize || PAGE_SIZE_DEFAULT;
      const found = await sweeps.list(pageToken, limit + 1);
      const page = found.slice(0, limit);
      return { sweeps: page, nextPageToken: found.length > limit ? page.at(-1)!.id : '' };
    },
    watchSweep: ({ id }, context) => {
      const read = async () => ({ sweep: await sweeps.get(id) });
      return watch({ feed: sweeps.feed(id), read, stateIn: ({ sweep }) => sweep?.state }, context);
    },
    pauseSweep: async ({ id }) => ({ sweep: await sweeps.pause(id) }),
    resumeSweep: async ({ id, allowVersionChange }, { signal }) => ({
      sweep: await sweeps.resume(id, allowVersionChange, signal),
    }),
    cancelSweep: async ({ id }) => ({ sweep: await sweeps.cancel(id) }),
  });
}
