/**
 * Metareward's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env
 * here.
 */
import { readServiceFlags, type Serving } from '@soar/service-process';

export interface MetaRewardConfig {
  /** Where and how it serves. */
  readonly serving: Serving;
  /** Location of the ledger: a folder, which holds metareward.sqlite, or a PostgreSQL database. */
  readonly store: string;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7104', help: 'address to serve on' },
  store: {
    default: 'runs',
    help: 'reward ledger: a folder (metareward.sqlite) or postgres://user@host:port/database',
  },
};

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): MetaRewardConfig {
  const { serving, text } = readServiceFlags('metareward', FLAGS, argv, env);
  return { serving, store: text('store') };
}
