/** The verifier's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';

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

const LISTEN_DEFAULT = '127.0.0.1:7101';
const WORKERS_MAX = 256;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): VerifierConfig {
  const values = parse(argv);
  const workersText = values.workers ?? env['SOAR_WORKERS'] ?? '1';
  const workers = Number(workersText);
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX) {
    throw new UserError(
      `--workers: expected a whole number from 1 to ${WORKERS_MAX}, got ${workersText}`,
      'INVALID_ARGUMENT',
      'workers',
    );
  }
  return {
    listen: values.listen ?? env['SOAR_LISTEN'] ?? LISTEN_DEFAULT,
    workers,
    insecure: values.insecure ?? false,
    exitWithParent: values['exit-with-parent'] ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    const options = {
      listen: { type: 'string' },
      workers: { type: 'string' },
      insecure: { type: 'boolean' },
      'exit-with-parent': { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UserError(messageOf(error).split('\n')[0]!, 'INVALID_ARGUMENT');
  }
}
