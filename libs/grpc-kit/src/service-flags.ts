/**
 * The flags of a service: declared once with default and help, read from the command line, then from SOAR_* environment
 * variables, then from the defaults. `--listen`, `--insecure`, `--exit-with-parent` and `--help` are every service's.
 */
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';

/** A flag that takes a value. */
export interface Flag {
  readonly default: string;
  /** What it means, for --help. */
  readonly help: string;
}

export interface ServiceFlags<Name extends string> {
  /** HOST:PORT to listen on; port 0 takes any free one. */
  readonly listen: string;
  /** Allows plain text on an address that is not loopback. */
  readonly insecure: boolean;
  /** Ends when standard input closes. */
  readonly exitWithParent: boolean;
  text(name: Name): string;
  /** A whole number; UserError outside of [min, max]. */
  number(name: Name, min: number, max: number): number;
}

/** Thrown for --help; `runService` prints it and exits 0. */
export class HelpAsked extends Error {
  override readonly name = 'HelpAsked';
}

const SWITCHES = {
  insecure: 'listen on an address that is not loopback without TLS',
  'exit-with-parent': 'end when standard input closes',
  help: 'print this and exit',
} as const;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag, HelpAsked on --help. */
export function readServiceFlags<Name extends string>(
  service: string,
  declared: Readonly<Record<Name | 'listen', Flag>>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): ServiceFlags<Name | 'listen'> {
  const values = parse(service, Object.keys(declared), argv);
  if (values['help'] === true) throw new HelpAsked(helpText(service, declared));
  const text = (name: Name | 'listen'): string =>
    String(values[name] ?? env[variableOf(name)] ?? declared[name].default);
  const number = (name: Name | 'listen', min: number, max: number): number => {
    const value = Number(text(name));
    if (text(name).trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new UserError(
      `${service}: --${name}: expected a whole number from ${min} to ${max}, got ${text(name)}`,
      'INVALID_ARGUMENT',
      name,
    );
  };
  return {
    listen: text('listen'),
    insecure: values['insecure'] === true,
    exitWithParent: values['exit-with-parent'] === true,
    text,
    number,
  };
}

function parse(service: string, flags: readonly string[], argv: readonly string[]): Record<string, unknown> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const name of flags) options[name] = { type: 'string' };
  for (const name of Object.keys(SWITCHES)) options[name] = { type: 'boolean' };
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UserError(`${service}: ${messageOf(error).split('\n')[0]} (see --help)`, 'INVALID_ARGUMENT');
  }
}

/** "memory-mib" is SOAR_MEMORY_MIB in the environment. */
function variableOf(flag: string): string {
  return `SOAR_${flag.toUpperCase().replaceAll('-', '_')}`;
}

function helpText(service: string, declared: Readonly<Record<string, Flag>>): string {
  const line = (flag: string, help: string): string => `  ${flag.padEnd(28)} ${help}`;
  return [
    `soar ${service}: one of SOAR's services. Serves gRPC with health and reflection until SIGTERM or SIGINT.`,
    '',
    'Flags (or SOAR_<FLAG> in the environment):',
    ...Object.entries(declared).map(([name, flag]) =>
      line(`--${name} <value>`, `${flag.help}${flag.default === '' ? '' : ` (default ${flag.default})`}`),
    ),
    ...Object.entries(SWITCHES).map(([name, help]) => line(`--${name}`, help)),
  ].join('\n');
}
