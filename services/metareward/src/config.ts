/** Metareward's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';

export interface MetaRewardConfig {
  /** HOST:PORT to listen on; port 0 takes any free one. */
  readonly listen: string;
  /** Folder of the ledger, which stands in it as metareward.sqlite. */
  readonly store: string;
  /** Allows plain text on an address that is not loopback. */
  readonly insecure: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
}

const DEFAULTS = { listen: '127.0.0.1:7104', store: 'runs' } as const;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): MetaRewardConfig {
  const values = parse(argv);
  return {
    listen: values.listen ?? env['SOAR_LISTEN'] ?? DEFAULTS.listen,
    store: values.store ?? env['SOAR_STORE'] ?? DEFAULTS.store,
    insecure: values.insecure ?? false,
    exitWithParent: values['exit-with-parent'] ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    const options = {
      listen: { type: 'string' },
      store: { type: 'string' },
      insecure: { type: 'boolean' },
      'exit-with-parent': { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UserError(`metareward: ${messageOf(error).split('\n')[0]}`, 'INVALID_ARGUMENT');
  }
}
