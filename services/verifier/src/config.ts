/**
 * The verifier's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env
 * here.
 */
import type { CallSecurity } from '@soar/grpc-kit';
import { readServiceFlags, type Serving } from '@soar/service-process';

export interface VerifierConfig {
  /** Where and how it serves. */
  readonly serving: Serving;
  /** How it calls another service. */
  readonly calling: CallSecurity;
  /** Grading processes that work at a time. */
  readonly workers: number;
  /** Address of a service that lists and grades more domains. */
  readonly domainsFrom: string | undefined;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7101', help: 'address to serve on' },
  workers: { default: '1', help: 'grading processes that work at a time' },
  'domains-from': {
    default: '',
    help: 'address of another VerifierService, whose domains are graded too (default: none)',
  },
};
const WORKERS_MAX = 256;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): VerifierConfig {
  const { serving, calling, text, number } = readServiceFlags('verifier', FLAGS, argv, env);
  return {
    serving,
    calling,
    workers: number('workers', 1, WORKERS_MAX),
    domainsFrom: text('domains-from') || undefined,
  };
}
