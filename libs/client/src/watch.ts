/**
 * Events of a resource until it has ended. A stream that breaks is opened again: the coordinator owns the resource, and
 * its work proceeds without watchers.
 */
import { Code } from '@connectrpc/connect';
import { RunState } from '@soar/contracts/descriptors';
import { SoarError } from './error.js';

const WAIT_MS_FIRST = 250;
const WAIT_MS_MAX = 5_000;
const UNAVAILABLE_MS_DEFAULT = 60_000;

export interface WatchOptions {
  readonly signal?: AbortSignal;
  /** How long it may be unreachable, in ms, before the watch fails. Default 60,000. */
  readonly unavailableMs?: number;
}

const ENDED: readonly RunState[] = [RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED];

/** `open`: begins a stream. `stateIn`: the state of the resource in an event that has it. */
export async function* watch<Event extends object>(
  open: (signal: AbortSignal) => AsyncIterable<Event>,
  stateIn: (event: Event) => RunState | undefined,
  { signal, unavailableMs = UNAVAILABLE_MS_DEFAULT }: WatchOptions = {},
): AsyncGenerator<Event> {
  const never = new AbortController();
  const ending = signal ?? never.signal;
  let waitMs = WAIT_MS_FIRST;
  let heardAt: number | undefined; // nothing yet: the address may be wrong, which is an error at once
  for (;;) {
    try {
      for await (const event of open(ending)) {
        heardAt = Date.now();
        waitMs = WAIT_MS_FIRST;
        if (!isHeartbeat(event)) yield event;
        const state = stateIn(event);
        if (state !== undefined && ENDED.includes(state)) return;
      }
    } catch (error) {
      const isLost = error instanceof SoarError && error.code === Code.Unavailable;
      if (!isLost || heardAt === undefined || Date.now() - heardAt > unavailableMs) throw error;
    }
    await sleep(waitMs, ending);
    waitMs = Math.min(2 * waitMs, WAIT_MS_MAX);
  }
}

/** An event without any field. */
function isHeartbeat(event: object): boolean {
  return Object.keys(event).every((name) => name.startsWith('$'));
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      reject(SoarError.from(signal.reason, Code.Canceled));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
