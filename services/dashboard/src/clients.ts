/**
 * The services that the page is made from. Every call is one that a reader may make, but for those of steer.ts. The
 * dashboard itself keeps nothing: it can be started again at any time.
 */
import { ComparisonService, CoordinatorService, MetaRewardService, TrainerService } from '@soar/contracts';
import { type CallCredentials, type Client, createClient } from '@soar/grpc-kit';

/** A page waits for an answer; it asks again by itself. */
const CALL_MS_MAX = 20_000;

export interface Clients {
  readonly runs: Client<typeof CoordinatorService>;
  readonly comparisons: Client<typeof ComparisonService>;
  readonly metareward: Client<typeof MetaRewardService> | undefined;
  /** Each holds trainings of its own. */
  readonly trainers: readonly Client<typeof TrainerService>[];
  close(): void;
}

export function connect(
  { coordinator, metareward, trainers }: Addresses,
  credentials: CallCredentials,
): Clients {
  // One attempt: whoever waits is told at once that the coordinator is unavailable, and the stream tries again.
  const options = { credentials, attemptsMax: 1, deadlineMs: CALL_MS_MAX };
  const clients = {
    runs: createClient(CoordinatorService, coordinator, options),
    comparisons: createClient(ComparisonService, coordinator, options),
    metareward: metareward === undefined ? undefined : createClient(MetaRewardService, metareward, options),
    trainers: trainers.map((address) => createClient(TrainerService, address, options)),
  };
  return {
    ...clients,
    close() {
      for (const client of [clients.runs, clients.comparisons, clients.metareward, ...clients.trainers])
        client?.close();
    },
  };
}

interface Addresses {
  readonly coordinator: string;
  readonly metareward?: string;
  readonly trainers: readonly string[];
}
