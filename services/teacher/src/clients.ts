/**
 * The two services that the teacher calls, and how long it retries them. The caller's deadline is passed on; a call
 * without one gets a day, which bounds a hang and not the work.
 */
import { BuildService, TrainerService, type UsedBuild, VerifierService } from '@soar/contracts';
import { retry, type RetryPolicy } from '@soar/core';
import {
  askBuild,
  askBuilds,
  type CallCredentials,
  createClient,
  type CallOptions,
  type Client,
  type HandlerContext,
  ReplicaPool,
} from '@soar/grpc-kit';

export interface Clients {
  readonly trainers: ReplicaPool<typeof TrainerService>;
  readonly verifier: Client<typeof VerifierService>;
  /** The builds of the verifier and of every trainer that is up. */
  builds(parent: HandlerContext): Promise<UsedBuild[]>;
  close(): void;
}

/** Clients; nothing is connected before the first call. `credentials`: default plain text. */
export function connect(
  addresses: { readonly trainer: string; readonly verifier: string },
  credentials?: CallCredentials,
): Clients {
  const trainers = new ReplicaPool(TrainerService, addresses.trainer, { credentials });
  const verifier = createClient(VerifierService, addresses.verifier, { credentials });
  const asked = {
    trainers: new ReplicaPool(BuildService, addresses.trainer, { credentials }),
    verifier: createClient(BuildService, addresses.verifier, { credentials }),
  };
  return {
    trainers,
    verifier,
    builds: async (parent) => {
      const builds = await Promise.all([
        askBuild(asked.verifier, 'verifier', { parent }),
        askBuilds(asked.trainers, 'trainer', { parent }),
      ]);
      return builds.flat();
    },
    close: () => [trainers, verifier, asked.trainers, asked.verifier].forEach((client) => client.close()),
  };
}

const CALL_MS_MAX = 24 * 3_600_000;
/** A verifier that is away ends the call: whoever asked the teacher repeats it. */
const OVERLOAD_POLICY: RetryPolicy = {
  attemptsMax: 32,
  firstWaitMs: 200,
  waitMsMax: 5_000,
  isTransient: () => false,
};

/** As onBehalfOf, ended by `lost` too: the replica that is called was given up. */
export function orUntil(options: CallOptions, lost: AbortSignal): CallOptions {
  return { ...options, signal: [options.signal ?? [], lost].flat() };
}

/** Options of a call on behalf of the one in `context`. */
export function onBehalfOf(context: HandlerContext): CallOptions {
  return { parent: context, deadlineMs: CALL_MS_MAX };
}

/** Repeats `call` while the verifier says that its queue is full. */
export function whileOverloaded<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retry({ ...OVERLOAD_POLICY, signal }, call);
}
