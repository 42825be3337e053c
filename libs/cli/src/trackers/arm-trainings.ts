/**
 * The trainings of a run's arms step by step, from the trainers that make them. A trainer tells the steps from the
 * moment it is watched on, so it is asked for a training again and again until there is one. Best effort: what is
 * missed comes with the arm, when it is done.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type StepMetrics, TrainerService } from '@soar/contracts';
import { UserError } from '@soar/core';
import { type Client, createClient } from '@soar/grpc-kit';

const EVERY_MS = 200;
const DEADLINE_MS = 24 * 3_600_000;
/** The arms that train something. */
const ARMS = ['hard-only', 'pq'];

export type OnSteps = (arm: string, metrics: readonly StepMetrics[]) => void;

/** `trainers`: addresses, separated by commas. Ends with `signal`; never rejects. */
export async function followArms(
  trainers: string,
  runId: string,
  onSteps: OnSteps,
  signal: AbortSignal,
): Promise<void> {
  const clients = trainers.split(',').map((address) => createClient(TrainerService, address));
  try {
    const each = clients.flatMap((trainer) =>
      ARMS.map((arm) => follow(trainer, runId, arm, onSteps, signal)),
    );
    await Promise.all(each);
  } finally {
    for (const client of clients) client.close();
  }
}

async function follow(
  trainer: Client<typeof TrainerService>,
  runId: string,
  arm: string,
  onSteps: OnSteps,
  signal: AbortSignal,
): Promise<void> {
  const id = `${runId}/${arm}`;
  while (!signal.aborted) {
    try {
      for await (const { metrics, run } of trainer.watchTrainingRun(
        { id },
        { deadlineMs: DEADLINE_MS, signal },
      )) {
        if (metrics !== undefined) onSteps(arm, [metrics]);
        if (run?.result !== undefined) onSteps(arm, run.result.steps);
        if (run?.result !== undefined || run?.failure !== undefined) return;
      }
    } catch (error) {
      if (!(error instanceof UserError)) return;
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
