/** Reads an event file back, as far as its records are whole: a killed process may leave the half of one at the end. */
import { fromBinary } from '@soar/contracts';
import { type Event, EventSchema } from '@soar/contracts/tensorboard';
import { recordAt } from './tf-record.js';

export interface ReadEvents {
  readonly events: readonly Event[];
  /** Bytes of the whole records. */
  readonly bytes: number;
}

export function readEvents(file: Uint8Array): ReadEvents {
  const events: Event[] = [];
  let bytes = 0;
  for (;;) {
    const found = recordAt(file, bytes);
    if (found === undefined) return { events, bytes };
    try {
      events.push(fromBinary(EventSchema, found.record));
    } catch {
      return { events, bytes };
    }
    bytes = found.end;
  }
}
