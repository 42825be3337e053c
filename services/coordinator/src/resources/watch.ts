/**
 * Follows a resource to its end: its present state at once, then its events, and an empty one as a heartbeat in
 * between.
 */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { HandlerContext } from '@soar/grpc-kit';
import type { Feed, Progressing } from './feed.js';

/** The contract promises a heartbeat at least every 5 s. */
const HEARTBEAT_MS = 3_000;

export interface Watched<E extends Progressing> {
  readonly feed: Feed<E>;
  /** The event that says how the resource stands. Throws NOT_FOUND. */
  readonly read: () => Promise<E>;
  /** The state that an event tells, if it tells one. */
  readonly stateIn: (event: E) => RunState | undefined;
}

export async function* watch<E extends Progressing>(
  { feed, read, stateIn }: Watched<E>,
  { signal, draining }: HandlerContext,
): AsyncIterable<E | Record<string, never>> {
  await read(); // NOT_FOUND
  const follower = feed.follow(); // before the state is read, so that no event falls between
  try {
    const present = await read();
    yield present;
    let state = stateIn(present);
    while (!isEnded(state)) {
      const event = await follower.next(HEARTBEAT_MS, signal, draining);
      if (signal.aborted) return;
      if (draining.aborted) throw new UserError('the coordinator is stopping; follow it anew', 'UNAVAILABLE');
      yield event ?? {};
      state = event === undefined ? undefined : stateIn(event);
    }
  } finally {
    follower.close();
  }
}

/** Whether a resource in this state moves no more by itself. */
export function isEnded(state: RunState | undefined): boolean {
  return state === RunState.SUCCEEDED || state === RunState.FAILED || state === RunState.CANCELLED;
}
