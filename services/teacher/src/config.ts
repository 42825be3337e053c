/**
 * The teacher's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here.
 */
import type { CallSecurity } from '@soar/grpc-kit';
import { readServiceFlags, type Serving } from '@soar/service-process';

export interface TeacherConfig {
  /** Where and how it serves. */
  readonly serving: Serving;
  /** How it calls other services. */
  readonly calling: CallSecurity;
  /** Address of the trainer, which holds the teacher's policy. */
  readonly trainer: string;
  /** Address of the verifier, which says whether a stated answer can be read. */
  readonly verifier: string;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7103', help: 'address to serve on' },
  trainer: {
    default: '127.0.0.1:7102',
    help: 'address of the trainer; of several: separated by commas, or dns:///NAME:PORT',
  },
  verifier: { default: '127.0.0.1:7101', help: 'address of the verifier' },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): TeacherConfig {
  const { serving, calling, text } = readServiceFlags('teacher', FLAGS, argv, env);
  return { serving, calling, trainer: text('trainer'), verifier: text('verifier') };
}
