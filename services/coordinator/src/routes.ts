/** CoordinatorService over the runs: requests in, resources out. The server has checked the rules of single fields. */
import {
  CoordinatorService,
  type ListArtifactsRequest,
  type ListArtifactsResponseSchema,
  type MessageInitShape,
  type StoredArtifactSchema,
} from '@soar/contracts';
import { service, type Service } from '@soar/grpc-kit';
import { compareKeys } from '@soar/store';
import { watch } from './resources/watch.js';
import type { Runs } from './runs/runs.js';

const PAGE_SIZE_DEFAULT = 100;
const ARTIFACTS_PAGE_DEFAULT = 1_000;

export function coordinatorRoutes(runs: Runs): Service {
  return service(CoordinatorService, {
    createRun: async (request, { signal }) => ({ run: await runs.create(request, signal) }),
    getRun: async ({ id }) => ({ run: await runs.get(id) }),
    listRuns: async ({ pageSize, pageToken }) => {
      const limit = pageSize || PAGE_SIZE_DEFAULT;
      const found = await runs.list(pageToken, limit + 1);
      const page = found.slice(0, limit);
      return { runs: page, nextPageToken: found.length > limit ? page.at(-1)!.id : '' };
    },
    watchRun: ({ id }, context) => {
      const read = async () => ({ run: await runs.get(id) });
      return watch({ feed: runs.feed(id), read, stateIn: ({ run }) => run?.state }, context);
    },
    pauseRun: async ({ id }) => ({ run: await runs.pause(id) }),
    resumeRun: async ({ id, allowVersionChange }, { signal }) => ({
      run: await runs.resume(id, allowVersionChange, signal),
    }),
    forkRun: async (request, { signal }) => ({ run: await runs.fork(request, signal) }),
    cancelRun: async ({ id }) => ({ run: await runs.cancel(id) }),
    listProposals: ({ id, outerStep }) => runs.proposals(id, outerStep),
    listArtifacts: (request) => listArtifacts(runs, request),
    sweepArtifacts: async ({ runId, retention }) => {
      const { removed, bytes } = await runs.sweepArtifacts(runId, retention);
      return { removed, bytes: BigInt(bytes) };
    },
  });
}

async function listArtifacts(
  runs: Runs,
  { runId, retention, pageSize, pageToken }: ListArtifactsRequest,
): Promise<MessageInitShape<typeof ListArtifactsResponseSchema>> {
  const limit = pageSize || ARTIFACTS_PAGE_DEFAULT;
  const page: MessageInitShape<typeof StoredArtifactSchema>[] = [];
  let last = '';
  for await (const { key, sha256, bytes, keptFor } of runs.listArtifacts(runId, retention)) {
    if (pageToken !== '' && compareKeys(key, pageToken) <= 0) continue;
    if (page.length === limit) return { artifacts: page, nextPageToken: last };
    page.push({ checkpoint: { key, sha256 }, bytes: BigInt(bytes), keptFor: [...keptFor] });
    last = key;
  }
  return { artifacts: page };
}
