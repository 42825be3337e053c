/** Follows a sweep on a coordinator and shows it as progress. */
import type { ComparisonUnit, Sweep, SweepService, WatchSweepResponse } from '@soar/contracts';
import type { Client } from '@soar/grpc-kit';
import type { Progress } from '../progress.js';
import { watch } from '../watch.js';

export type SweepClient = Client<typeof SweepService>;

export interface SweepEvents {
  /** A state of the sweep or of a point has changed. */
  onSweep?(sweep: Sweep): Promise<void> | void;
  /** A unit of the current point is made. */
  onUnit?(unit: ComparisonUnit): void;
}

/** Watches until the sweep ends; a paused one is waited for. Resolves with its last state. */
export function watchSweep(
  client: SweepClient,
  id: string,
  progress: Progress,
  { onSweep, onUnit }: SweepEvents,
  signal?: AbortSignal,
): Promise<Sweep> {
  return watch<Sweep, WatchSweepResponse>({
    noun: 'sweep',
    id,
    address: client.address,
    open: (options) => client.watchSweep({ id }, options),
    resourceIn: ({ sweep }) => sweep,
    onEvent: async ({ sweep, unit, progress: part }) => {
      if (sweep !== undefined) await onSweep?.(sweep);
      if (unit !== undefined) onUnit?.(unit);
      if (part !== undefined) progress.update(part);
    },
    progress,
    signal,
  });
}
