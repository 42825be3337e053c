/** Metareward's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { readServiceFlags } from '@soar/grpc-kit';

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

const FLAGS = {
  listen: { default: '127.0.0.1:7104', help: 'address to serve on' },
  store: { default: 'runs', help: 'folder of the reward ledger, metareward.sqlite' },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): MetaRewardConfig {
  const { listen, insecure, exitWithParent, text } = readServiceFlags('metareward', FLAGS, argv, env);
  return { listen, store: text('store'), insecure, exitWithParent };
}
