/** Streams a resource to its end: its current state first, then its events, with empty ones as heartbeats. */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { HandlerContext } from '@soar/grpc-kit';
import type { Feed, ProgressEvent } from './feed.js';

/** The contract promises a heartbeat at least every 5 s. */
const HEARTBEAT_MS = 3_000;

export interface Watched<E extends ProgressEvent> {
  readonly feed: Feed<E>;
  /** The event that holds the resource as it is now. Throws NOT_FOUND. */
  readonly read: () => Promise<E>;
  /** The state in an event; undefined for an event without one. */
  readonly stateIn: (event: E) => RunState | undefined;
}

export async function* watch<E extends ProgressEvent>(
  { feed, read, stateIn }: Watched<E>,
  { signal, draining }: HandlerContext,
): AsyncIterable<E | Record<string, never>> {
  await read(); // NOT_FOUND
  const subscriber = feed.subscribe(); // before the state is read, so that no event is missed
  try {
    const present = await read();
    yield present;
    let state = stateIn(present);
    while (!isEnded(state)) {
      const event = await subscriber.next(HEARTBEAT_MS, signal, draining);
      if (signal.aborted) return;
      if (draining.aborted) throw new UserError('the coordinator is stopping; watch it again', 'UNAVAILABLE');
      yield event ?? {};
      state = event === undefined ? undefined : stateIn(event);
    }
  } finally {
    subscriber.close();
  }
}

/** Whether a resource in this state changes no more by itself. */
export function isEnded(state: RunState | undefined): boolean {
  return state === RunState.SUCCEEDED || state === RunState.FAILED || state === RunState.CANCELLED;
}
