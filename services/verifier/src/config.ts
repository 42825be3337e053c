/**
 * The verifier's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env
 * here.
 */
import { readServiceFlags, type Serving } from '@soar/service-process';

export interface VerifierConfig {
  /** Where and how it serves. */
  readonly serving: Serving;
  /** Grading processes that work at a time. */
  readonly workers: number;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7101', help: 'address to serve on' },
  workers: { default: '1', help: 'grading processes that work at a time' },
};
const WORKERS_MAX = 256;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): VerifierConfig {
  const { serving, number } = readServiceFlags('verifier', FLAGS, argv, env);
  return { serving, workers: number('workers', 1, WORKERS_MAX) };
}
