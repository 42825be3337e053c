/** The teacher's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';

export interface TeacherConfig {
  /** HOST:PORT to listen on; port 0 takes any free one. */
  readonly listen: string;
  /** Address of the trainer, which holds the teacher's policy. */
  readonly trainer: string;
  /** Address of the verifier, which says whether a stated answer can be read. */
  readonly verifier: string;
  /** Allows plain text on an address that is not loopback. */
  readonly insecure: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
}

const DEFAULTS = {
  listen: '127.0.0.1:7103',
  trainer: '127.0.0.1:7102',
  verifier: '127.0.0.1:7101',
} as const;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): TeacherConfig {
  const values = parse(argv);
  return {
    listen: values.listen ?? env['SOAR_LISTEN'] ?? DEFAULTS.listen,
    trainer: values.trainer ?? env['SOAR_TRAINER'] ?? DEFAULTS.trainer,
    verifier: values.verifier ?? env['SOAR_VERIFIER'] ?? DEFAULTS.verifier,
    insecure: values.insecure ?? false,
    exitWithParent: values['exit-with-parent'] ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    const options = {
      listen: { type: 'string' },
      trainer: { type: 'string' },
      verifier: { type: 'string' },
      insecure: { type: 'boolean' },
      'exit-with-parent': { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UserError(messageOf(error).split('\n')[0]!, 'INVALID_ARGUMENT');
  }
}
