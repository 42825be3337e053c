/** The verifier's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { readServiceFlags } from '@soar/grpc-kit';

export interface VerifierConfig {
  /** HOST:PORT to listen on; port 0 takes any free one. */
  readonly listen: string;
  /** Grading processes that work at a time. */
  readonly workers: number;
  /** Allows plain text on an address that is not loopback. */
  readonly insecure: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7101', help: 'address to serve on' },
  workers: { default: '1', help: 'grading processes that work at a time' },
};
const WORKERS_MAX = 256;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): VerifierConfig {
  const { listen, insecure, exitWithParent, number } = readServiceFlags('verifier', FLAGS, argv, env);
  return { listen, workers: number('workers', 1, WORKERS_MAX), insecure, exitWithParent };
}
