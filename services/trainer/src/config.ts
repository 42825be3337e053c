/**
 * The trainer's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here.
 */
import { availableParallelism } from 'node:os';
import { parseBytes, UserError } from '@soar/core';
import type { CallSecurity } from '@soar/grpc-kit';
import { readServiceFlags, type Serving } from '@soar/service-process';
import { ASKED_PROVIDERS, PRECISIONS, type AskedProvider, type Precision } from '@soar/runtime';
import { COMPLETION_FORMATS, type CompletionFormat } from './completion-files.js';

export interface TrainerConfig {
  /** Where and how it serves. */
  readonly serving: Serving;
  /** How it calls other services. */
  readonly calling: CallSecurity;
  /** The artifact store, shared with all who read checkpoints: a folder or s3://bucket/prefix. */
  readonly artifacts: string;
  /** Address of the verifier, which grades answers. */
  readonly verifier: string;
  /** Workers that hold models; default: as many as the cores allow. */
  readonly workers: number;
  /** Threads of a worker, for work that does not say how many. */
  readonly threads: number;
  /** Memory for all workers together; undefined: four fifths of the machine's. */
  readonly memoryBytes: number | undefined;
  /** Trainings that may be queued or running; beyond that, requests are refused with a time to retry. */
  readonly queueMax: number;
  /** The execution provider. */
  readonly provider: AskedProvider;
  /** Of matrices, caches and products. */
  readonly precision: Precision;
  /** Memory of the device for models; undefined: as much as the machine says that it has. */
  readonly deviceBytes: number | undefined;
  /** Folder for every sampled completion; undefined: none are kept. */
  readonly completions: string | undefined;
  /** What its files are. */
  readonly completionsFormat: CompletionFormat;
}

const WORKERS_MAX = 256;
const THREADS_MAX = 256;

const FLAGS = {
  listen: { default: '127.0.0.1:7102', help: 'address to serve on' },
  artifacts: {
    default: 'runs',
    help: 'artifact store of checkpoints and trainings: a folder or s3://bucket/prefix',
  },
  verifier: { default: '127.0.0.1:7101', help: 'address of the verifier, which grades answers' },
  workers: { default: '', help: 'workers that hold models (default: one for every --threads cores)' },
  threads: { default: '1', help: 'threads of a worker; other numbers may change results in the last bit' },
  memory: {
    default: '',
    help: "memory for all workers, such as 8GiB (default: four fifths of the machine's)",
  },
  'queue-max': {
    default: '1024',
    help: 'trainings that may be queued or running; further requests are told when to retry',
  },
  completions: {
    default: '',
    help: 'folder for every sampled completion (default: none are kept)',
  },
  'completions-format': { default: 'jsonl', help: `what its files are: ${COMPLETION_FORMATS.join(', ')}` },
  provider: {
    default: 'cpu',
    help: `where graphs run: ${ASKED_PROVIDERS.join(', ')} (webgpu where there is a device)`,
  },
  precision: {
    default: 'f32',
    help: `of matrices, caches and products: ${PRECISIONS.join(', ')} (on a device that has it)`,
  },
  'device-memory': {
    default: '',
    help: 'memory of the device for models, such as 8GiB (default: what the machine says, or 4GiB)',
  },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): TrainerConfig {
  const { serving, calling, text, number } = readServiceFlags('trainer', FLAGS, argv, env);
  const oneOf = <T extends string>(flag: keyof typeof FLAGS, known: readonly T[]): T => {
    const found = known.find((name) => name === text(flag));
    if (found !== undefined) return found;
    throw new UserError(`trainer: --${flag}: expected ${known.join(', ')}, got ${text(flag)}`);
  };
  const threads = number('threads', 1, THREADS_MAX);
  const fitting = Math.max(1, Math.floor(availableParallelism() / threads));
  return {
    serving,
    calling,
    artifacts: text('artifacts'),
    verifier: text('verifier'),
    workers: text('workers') === '' ? Math.min(WORKERS_MAX, fitting) : number('workers', 1, WORKERS_MAX),
    threads,
    memoryBytes: text('memory') === '' ? undefined : parseBytes(text('memory'), 'trainer: --memory'),
    queueMax: number('queue-max', 1, 65_536),
    provider: oneOf('provider', ASKED_PROVIDERS),
    precision: oneOf('precision', PRECISIONS),
    deviceBytes:
      text('device-memory') === ''
        ? undefined
        : parseBytes(text('device-memory'), 'trainer: --device-memory'),
    completions: text('completions') === '' ? undefined : text('completions'),
    completionsFormat: oneOf('completions-format', COMPLETION_FORMATS),
  };
}
