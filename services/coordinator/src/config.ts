/**
 * The coordinator's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env
 * here.
 */
import { UserError } from '@soar/core';
import type { CallSecurity } from '@soar/grpc-kit';
import { readServiceFlags, type Serving } from '@soar/service-process';
import { isFolder } from '@soar/store';
import { CALL_BOUNDS } from './clients/grpc-services.js';

export interface CoordinatorConfig {
  /** Where and how it serves. */
  readonly serving: Serving;
  /** How it calls other services. */
  readonly calling: CallSecurity;
  /** Where runs and journals are kept: a folder, with coordinator.sqlite in it, or a PostgreSQL database. */
  readonly store: string;
  /** Where the artifact store is, shared with the trainers. */
  readonly artifacts: string;
  readonly teacher: string;
  readonly trainer: string;
  readonly metareward: string;
  /** Trainings (or other calls) of one fan-out in flight at a time; trainers queue what they cannot start. */
  readonly fanOutMax: number;
  /** How long a service may be unavailable before a run fails, in seconds. */
  readonly unavailableSeconds: number;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7105', help: 'address to serve on' },
  store: {
    default: 'runs',
    help: 'runs and journals: a folder (coordinator.sqlite) or postgres://user@host:port/database',
  },
  artifacts: {
    default: '',
    help: "the trainers' artifact store: a folder or s3://bucket/prefix (default: the folder of --store)",
  },
  teacher: { default: '127.0.0.1:7103', help: 'address of the teacher' },
  trainer: {
    default: '127.0.0.1:7102',
    help: 'address of the trainer; of several: separated by commas, or dns:///NAME:PORT',
  },
  metareward: { default: '127.0.0.1:7104', help: 'address of metareward' },
  'fan-out': { default: '256', help: 'trainings in flight at a time' },
  'unavailable-seconds': {
    default: String(CALL_BOUNDS.unavailableMs / 1000),
    help: 'seconds that a service may be unavailable before a run fails',
  },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): CoordinatorConfig {
  const flags = readServiceFlags('coordinator', FLAGS, argv, env);
  const { serving, calling, text, number } = flags;
  return {
    serving,
    calling,
    store: text('store'),
    artifacts: artifactsOf(text('artifacts'), text('store')),
    teacher: text('teacher'),
    trainer: text('trainer'),
    metareward: text('metareward'),
    fanOutMax: number('fan-out', 1, 4096),
    unavailableSeconds: number('unavailable-seconds', 1, 86_400),
  };
}

/** Artifacts default to the folder of the journal; a database has no folder. */
function artifactsOf(artifacts: string, store: string): string {
  if (artifacts !== '') return artifacts;
  if (isFolder(store)) return store;
  throw new UserError(
    'coordinator: --artifacts: must be given where --store is a database; name the artifact store of the trainers',
    'INVALID_ARGUMENT',
    'artifacts',
  );
}
