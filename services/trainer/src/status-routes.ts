/** The method of TrainerStatusService: how busy this process is, and what memory it holds. */
import { TrainerStatusService } from '@soar/contracts';
import { service, type Service } from '@soar/grpc-kit';
import type { ModelPool } from '@soar/runtime';
import type { TrainingRuns } from './training-runs.js';

export function trainerStatusRoutes(pool: ModelPool, runs: TrainingRuns): Service {
  const { workers, threads, provider, memoryBytes } = pool.settings;
  return service(TrainerStatusService, {
    getTrainerStatus: async () => {
      const { running, queued } = runs.open;
      return {
        status: {
          trainingRunsRunning: running,
          trainingRunsQueued: queued,
          jobsRunning: pool.running,
          jobsQueued: pool.queued,
          workers,
          threads,
          provider,
          memoryBudgetBytes: BigInt(memoryBytes),
          memoryHeldBytes: BigInt(pool.memoryHeldBytes),
          residentBytes: BigInt(process.memoryUsage.rss()),
        },
      };
    },
  });
}
