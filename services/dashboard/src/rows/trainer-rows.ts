/** The state of a trainer as the page shows it. */
import type { TrainerStatus } from '@soar/contracts';
import type { TrainerStatusRow } from '@soar/page';

/** Bytes are whole numbers far below what a double holds exactly. */
export function statusRow(status: TrainerStatus): TrainerStatusRow {
  const { trainingRunsRunning, trainingRunsQueued, jobsRunning, jobsQueued, workers, threads, provider } =
    status;
  return {
    trainingRunsRunning,
    trainingRunsQueued,
    jobsRunning,
    jobsQueued,
    workers,
    threads,
    provider,
    budgetBytes: Number(status.memoryBudgetBytes),
    heldBytes: Number(status.memoryHeldBytes),
    residentBytes: Number(status.residentBytes),
  };
}
