/**
 * What trainers on one machine are started with: a share each of its cores and memory, and where they compute. Plans
 * count with the same (plan/machine.ts).
 */
import { availableParallelism, totalmem } from 'node:os';
import { invariant } from '@soar/core';
import type { AskedProvider, NamedDevice, Precision, Provider } from '@soar/runtime';

export interface TrainerOptions {
  /** Workers of each trainer; absent: as many as the cores allow, divided among the trainers. */
  readonly workers?: number | undefined;
  /** Threads of a worker; absent: one. */
  readonly threads?: number | undefined;
  /** Memory for models, in bytes, divided among the trainers; absent: four fifths of the machine's. */
  readonly memory?: number | undefined;
  /** Where trainers compute; absent: on the CPU. */
  readonly provider?: AskedProvider | undefined;
  /** Of matrices, caches and products; absent: float32. */
  readonly precision?: Precision | undefined;
  /** Memory of the device, in bytes, where trainers keep models on one. */
  readonly deviceMemory?: number | undefined;
  /** The device of each trainer; absent: whichever it takes. */
  readonly devices?: readonly NamedDevice[] | undefined;
  /** Trainer processes; absent: one. */
  readonly trainers?: number | undefined;
  /** Folder for every sampled completion; absent: none are kept. */
  readonly completions?: string | undefined;
  /** What the files of completions are; absent: jsonl. */
  readonly completionsFormat?: string | undefined;
}

/** What each trainer has of this machine: cores, and memory for models in bytes. */
export function shareOf({
  workers,
  threads = 1,
  memory = 0.8 * Math.min(totalmem(), process.constrainedMemory() || Infinity),
  trainers = 1,
  provider = 'cpu',
  deviceMemory = memory,
}: TrainerOptions): {
  readonly cores: number;
  readonly memory: number;
} {
  if (provider !== 'cpu') return { cores: 1, memory: deviceMemory };
  // As the trainer counts them: whole workers, one at least.
  const fitting = Math.max(1, Math.floor(availableParallelism() / trainers / threads));
  return { cores: (workers ?? fitting) * threads, memory: Math.floor(memory / trainers) };
}

/** Where, and in which precision, the trainers of these options compute. */
export function computingOf({
  provider = 'cpu',
  precision = 'f32',
}: Pick<TrainerOptions, 'provider' | 'precision'>): {
  readonly provider: Provider;
  readonly precision: Precision;
} {
  invariant(provider !== 'auto', 'the provider was chosen when the command began');
  return { provider, precision };
}

/** What each trainer may use. Absent flags have the trainer's defaults: the whole machine for one trainer. */
export function trainerFlags(options: TrainerOptions): string[] {
  const { workers, threads, memory, completions, completionsFormat, trainers = 1 } = options;
  const { provider, precision, deviceMemory } = options;
  const share = shareOf(options);
  const flags = {
    workers: workers ?? (trainers > 1 ? Math.max(1, Math.floor(share.cores / (threads ?? 1))) : undefined),
    threads,
    memory: trainers > 1 || memory !== undefined ? share.memory : undefined,
    provider,
    precision,
    'device-memory': deviceMemory,
    completions,
    'completions-format': completions === undefined ? undefined : completionsFormat,
  };
  return Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, String(value)],
  );
}
