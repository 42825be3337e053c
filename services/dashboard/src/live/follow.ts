/**
 * Follows a resource for as long as a page is open: watches it, tells the page when the coordinator does not answer,
 * and watches again when it does. After a restart the first event is the whole resource as it is then, so a page needs
 * no memory of what it missed.
 */
import { messageOf, UserError } from '@soar/core';
import type { Connection } from '@soar/page';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStream } from '../http/event-stream.js';

/** Between two attempts to reach the coordinator. */
const AGAIN_MS = 1_000;
/** A failed resource may be resumed. */
const ENDED_AGAIN_MS = 5_000;

/** `work` shows the resource until its stream ends, and returns whether it can change no more. */
export async function follow(
  events: EventStream,
  work: () => Promise<{ readonly isFinal: boolean }>,
): Promise<void> {
  const { signal } = events;
  for (let said: string | undefined; !signal.aborted;) {
    try {
      const { isFinal } = await work();
      said = undefined;
      if (isFinal) return await events.send('end', {});
      await sleep(ENDED_AGAIN_MS, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof UserError)) throw error;
      if (error.reason === 'NOT_FOUND') return await events.send('gone', { why: error.message });
      const why = messageOf(error);
      if (error.reason === 'DEADLINE_EXCEEDED' && said === undefined) continue; // a stream that lasted a day
      if (said !== why) await events.send('connection', { ok: false, why } satisfies Connection);
      said = why;
      await sleep(AGAIN_MS, undefined, { signal });
    }
  }
}
