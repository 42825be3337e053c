/** What trainers did in the last minutes, as a page has seen it since it was opened. Pure. */
import type { TrainerLoads, TrainerStatusRow } from '../index.js';

/** How far back charts show. */
export const HISTORY_MS = 5 * 60_000;
/** Samples of a trainer that are kept: one every 1.5 s for that long. */
const SAMPLES_MAX = 240;

export interface Sample {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly status: TrainerStatusRow;
}

export interface TrainerHistory {
  readonly latest: TrainerLoads;
  /** By address, oldest first. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** Trainers that are gone are forgotten; one that does not answer keeps what was seen of it. */
export function historyAfter(before: TrainerHistory | undefined, latest: TrainerLoads): TrainerHistory {
  const samples = latest.trainers.map(({ address, status }) => {
    const seen = before?.samples[address] ?? [];
    const all = status === undefined ? seen : [...seen, { atMs: latest.atMs, status }];
    const recent = all.filter(({ atMs }) => atMs > latest.atMs - HISTORY_MS && atMs <= latest.atMs);
    return [address, recent.slice(-SAMPLES_MAX)] as const;
  });
  return { latest, samples: Object.fromEntries(samples) };
}
