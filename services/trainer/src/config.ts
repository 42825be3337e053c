/** The trainer's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';
import { PROVIDERS, type Provider } from '@soar/runtime';

export interface TrainerConfig {
  /** HOST:PORT to listen on; port 0 takes any free one. */
  readonly listen: string;
  /** Root of the artefact store, shared with whoever reads the checkpoints. */
  readonly store: string;
  /** Address of the verifier, which grades answers. */
  readonly verifier: string;
  /** Worker threads that hold models; default: one a core. */
  readonly workers: number;
  /** Where graphs run. */
  readonly provider: Provider;
  /** Memory for all workers together, in MiB; 0: four fifths of the machine's. */
  readonly memoryMib: number;
  /** Allows plain text on an address that is not loopback. */
  readonly insecure: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
}

const WORKERS_MAX = 256;
const MEMORY_MIB_MAX = 2 ** 24;

const FLAGS = {
  listen: '127.0.0.1:7102',
  store: 'runs',
  verifier: '127.0.0.1:7101',
  workers: '',
  provider: 'cpu',
  'memory-mib': '0',
} as const;
const SWITCHES = ['insecure', 'exit-with-parent'] as const;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag or a malformed value. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): TrainerConfig {
  const values = parse(argv);
  const text = (name: keyof typeof FLAGS): string =>
    String(values[name] ?? env[`SOAR_${name.toUpperCase().replaceAll('-', '_')}`] ?? FLAGS[name]);
  const number = (name: keyof typeof FLAGS, min: number, max: number, fallback: number): number => {
    const value = text(name) === '' ? fallback : Number(text(name));
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new UserError(`--${name}: expected a whole number from ${min} to ${max}, got ${text(name)}`);
  };
  const provider = PROVIDERS.find((known) => known === text('provider'));
  if (provider === undefined) {
    throw new UserError(`--provider: expected ${PROVIDERS.join(', ')}, got ${text('provider')}`);
  }
  return {
    listen: text('listen'),
    store: text('store'),
    verifier: text('verifier'),
    workers: number('workers', 1, WORKERS_MAX, Math.min(WORKERS_MAX, availableParallelism())),
    provider,
    memoryMib: number('memory-mib', 0, MEMORY_MIB_MAX, 0),
    insecure: values['insecure'] === true,
    exitWithParent: values['exit-with-parent'] === true,
  };
}

function parse(argv: readonly string[]): Record<string, unknown> {
  const options = Object.fromEntries([
    ...Object.keys(FLAGS).map((name) => [name, { type: 'string' as const }]),
    ...SWITCHES.map((name) => [name, { type: 'boolean' as const }]),
  ]) as Record<string, { type: 'string' | 'boolean' }>;
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UserError(messageOf(error).split('\n')[0]!, 'INVALID_ARGUMENT');
  }
}
