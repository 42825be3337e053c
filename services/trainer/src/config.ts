/**
 * The trainer's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here.
 */
import { availableParallelism } from 'node:os';
import { UserError } from '@soar/core';
import type { CallSecurity } from '@soar/grpc-kit';
import { readServiceFlags, type Serving } from '@soar/service-process';
import { PROVIDERS, type Provider } from '@soar/runtime';

export interface TrainerConfig {
  /** Where and how it serves. */
  readonly serving: Serving;
  /** How it calls other services. */
  readonly calling: CallSecurity;
  /** The artifact store, shared with all who read checkpoints: a folder or s3://bucket/prefix. */
  readonly artifacts: string;
  /** Address of the verifier, which grades answers. */
  readonly verifier: string;
  /** Worker threads that hold models; default: one a core. */
  readonly workers: number;
  /** Trainings that may be queued or running; beyond that, requests are refused with a time to retry. */
  readonly queueMax: number;
  /** The execution provider. */
  readonly provider: Provider;
  /** Memory for all workers together, in MiB; 0: four fifths of the machine's. */
  readonly memoryMib: number;
}

const WORKERS_MAX = 256;
const MEMORY_MIB_MAX = 2 ** 24;

const FLAGS = {
  listen: { default: '127.0.0.1:7102', help: 'address to serve on' },
  artifacts: {
    default: 'runs',
    help: 'artifact store of checkpoints and trainings: a folder or s3://bucket/prefix',
  },
  verifier: { default: '127.0.0.1:7101', help: 'address of the verifier, which grades answers' },
  workers: {
    default: String(Math.min(WORKERS_MAX, availableParallelism())),
    help: 'worker threads that hold models',
  },
  'queue-max': {
    default: '1024',
    help: 'trainings that may be queued or running; further requests are told when to retry',
  },
  provider: { default: 'cpu', help: `where graphs run: ${PROVIDERS.join(', ')}` },
  'memory-mib': { default: '0', help: "memory for all workers, in MiB; 0: four fifths of the machine's" },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): TrainerConfig {
  const { serving, calling, text, number } = readServiceFlags('trainer', FLAGS, argv, env);
  const provider = PROVIDERS.find((known) => known === text('provider'));
  if (provider === undefined) {
    throw new UserError(`trainer: --provider: expected ${PROVIDERS.join(', ')}, got ${text('provider')}`);
  }
  return {
    serving,
    calling,
    artifacts: text('artifacts'),
    verifier: text('verifier'),
    workers: number('workers', 1, WORKERS_MAX),
    queueMax: number('queue-max', 1, 65_536),
    provider,
    memoryMib: number('memory-mib', 0, MEMORY_MIB_MAX),
  };
}
