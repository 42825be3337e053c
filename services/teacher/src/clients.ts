/**
 * The two services that the teacher calls, and how long it retries them. The caller's deadline is passed on; a call
 * without one gets a day, which bounds a hang and not the work.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TrainerService, VerifierService } from '@soar/contracts';
import { UserError } from '@soar/core';
import {
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
  close(): void;
}

/** Clients; nothing is connected before the first call. `credentials`: default plain text. */
export function connect(
  addresses: { readonly trainer: string; readonly verifier: string },
  credentials?: CallCredentials,
): Clients {
  const trainers = new ReplicaPool(TrainerService, addresses.trainer, { credentials });
  const verifier = createClient(VerifierService, addresses.verifier, { credentials });
  return {
    trainers,
    verifier,
    close: () => {
      trainers.close();
      verifier.close();
    },
  };
}

const CALL_MS_MAX = 24 * 3_600_000;
const OVERLOAD_TRIES_MAX = 6;
const OVERLOAD_WAIT_MS = 200;

/** As onBehalfOf, ended by `lost` too: the replica that is called was given up. */
export function orUntil(options: CallOptions, lost: AbortSignal): CallOptions {
  return { ...options, signal: [options.signal ?? [], lost].flat() };
}

/** Options of a call on behalf of the one in `context`. */
export function onBehalfOf(context: HandlerContext): CallOptions {
  return { parent: context, deadlineMs: CALL_MS_MAX };
}

/** Runs `call` again, after growing waits, while the verifier says that its queue is full. */
export async function whileOverloaded<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const isOverload = error instanceof UserError && error.reason === 'RESOURCE_EXHAUSTED';
      if (!isOverload || tries >= OVERLOAD_TRIES_MAX) throw error;
      await sleep(OVERLOAD_WAIT_MS * 2 ** (tries - 1), undefined, { signal });
    }
  }
}
