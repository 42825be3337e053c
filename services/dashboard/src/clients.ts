/**
 * The services that the page is made from. Every call is one that a reader may make, but for those of steer.ts. The
 * dashboard itself keeps nothing: it can be started again at any time.
 */
import {
  ComparisonService,
  CoordinatorService,
  MetaRewardService,
  TrainerService,
  TrainerStatusService,
} from '@soar/contracts';
import { type CallCredentials, type Client, createClient } from '@soar/grpc-kit';

/** A page waits for an answer; it asks again by itself. */
const CALL_MS_MAX = 20_000;
/** A trainer that is stuck must not hold up what is shown of the others for long. */
const STATUS_MS_MAX = 3_000;

export interface Clients {
  readonly runs: Client<typeof CoordinatorService>;
  readonly comparisons: Client<typeof ComparisonService>;
  readonly metareward: Client<typeof MetaRewardService> | undefined;
  /** Each holds trainings of its own. */
  readonly trainers: readonly Client<typeof TrainerService>[];
  /** Of the same trainers, in their order. */
  readonly trainerStatus: readonly Client<typeof TrainerStatusService>[];
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
    trainerStatus: trainers.map((address) =>
      createClient(TrainerStatusService, address, { ...options, deadlineMs: STATUS_MS_MAX }),
    ),
  };
  return {
    ...clients,
    close() {
      const { runs, comparisons, metareward, trainers: each, trainerStatus } = clients;
      for (const client of [runs, comparisons, metareward, ...each, ...trainerStatus]) client?.close();
    },
  };
}

interface Addresses {
  readonly coordinator: string;
  readonly metareward?: string;
  readonly trainers: readonly string[];
}
