/**
 * The flags of a service: declared once with default and help, read from the command line, then from SOAR_*
 * environment variables, then from the defaults. All services share the flags for serving and calling (`--listen`,
 * TLS, tokens, limits); each declares the rest.
 */
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';
import {
  CALL_FLAGS,
  CALLS_MAX_DEFAULT,
  CALLS_PER_SECOND_DEFAULT,
  callSecurity,
  type CallSecurity,
  SERVER_FLAGS,
  type ServerOptions,
  serverSecurity,
} from '@soar/grpc-kit';

/** A flag that takes a value. */
export interface Flag {
  readonly default: string;
  /** What it means, for --help. */
  readonly help: string;
}

/** Where and how a service serves; spread into the options of `runService`. */
export interface Serving extends Omit<ServerOptions, 'services' | 'log'> {
  /** Drains and exits when standard input ends. Default false. */
  exitWithParent?: boolean;
  /** `HOST:PORT` that serves metrics by HTTP, in plain text. Default: none. */
  metrics?: string;
}

export interface ServiceFlags<Name extends string> {
  readonly serving: Serving;
  /** How it calls other services. */
  readonly calling: CallSecurity;
  text(name: Name): string;
  /** A whole number; UserError outside of [min, max]. */
  number(name: Name, min: number, max: number): number;
}

/** Thrown for --help; `runService` prints it and exits 0. */
export class HelpRequested extends Error {
  override readonly name = 'HelpRequested';
}

const LIMIT_FLAGS = {
  'calls-max': {
    default: String(CALLS_MAX_DEFAULT),
    help: 'most calls in flight, streams included; further ones are told when to retry',
  },
  'calls-per-second': {
    default: String(CALLS_PER_SECOND_DEFAULT),
    help: 'most calls per second from one peer (an IP address); further ones are told when to retry. 0: no limit',
  },
  health: {
    default: '',
    help: 'HOST:PORT that serves only health, in plain text, for probes without TLS',
  },
  metrics: {
    default: '',
    help: 'HOST:PORT that serves metrics for Prometheus at /metrics, in plain text and to anyone who reaches it',
  },
} as const satisfies Record<string, Flag>;

/** Flags that every service has, in addition to its own. */
const COMMON_FLAGS: Readonly<Record<CommonFlag, Flag>> = {
  ...(Object.fromEntries(
    Object.entries({ ...SERVER_FLAGS, ...CALL_FLAGS }).map(([name, help]) => [name, { default: '', help }]),
  ) as Record<keyof typeof SERVER_FLAGS | keyof typeof CALL_FLAGS, Flag>),
  ...LIMIT_FLAGS,
};
type CommonFlag = keyof typeof SERVER_FLAGS | keyof typeof CALL_FLAGS | keyof typeof LIMIT_FLAGS;

const SWITCHES = {
  insecure: 'allow plain text off loopback, both to listen and to send the token',
  'exit-with-parent': 'exit when standard input closes',
  help: 'print this and exit',
} as const;

/**
 * Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag, HelpRequested on --help.
 */
export function readServiceFlags<Name extends string>(
  service: string,
  declared: Readonly<Record<Name | 'listen', Flag>>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): ServiceFlags<Name | 'listen'> {
  const flags: Readonly<Record<Name | 'listen' | CommonFlag, Flag>> = { ...declared, ...COMMON_FLAGS };
  const help = (): string => helpText(service, declared);
  const { text, number, isOn } = readFlags(service, { flags, switches: SWITCHES, help }, argv, env);
  const insecure = isOn('insecure');
  // An empty value counts as unset, such as SOAR_TLS_CERT="" in a container's environment.
  const given = Object.fromEntries(
    Object.keys(COMMON_FLAGS).map((name) => [name, text(name as CommonFlag) || undefined]),
  ) as Record<CommonFlag, string | undefined>;
  return {
    serving: {
      listen: text('listen'),
      insecure,
      exitWithParent: isOn('exit-with-parent'),
      ...serverSecurity(service, given),
      callsMax: number('calls-max', 1, 1_000_000),
      callsPerSecond: number('calls-per-second', 0, 1_000_000),
      ...(given.health === undefined ? {} : { health: given.health }),
      ...(given.metrics === undefined ? {} : { metrics: given.metrics }),
    },
    calling: callSecurity(service, given, insecure),
    text,
    number,
  };
}

/** What a process takes: flags with values, and switches by name with their help. `help`: the text of --help. */
interface Declared<Name extends string, Switch extends string> {
  readonly flags: Readonly<Record<Name, Flag>>;
  readonly switches: Readonly<Record<Switch, string>>;
  readonly help: () => string;
}

/** Reads the flags of a process that does not serve gRPC, by the same rules. */
export function readFlags<Name extends string, Switch extends string>(
  service: string,
  { flags, switches, help }: Declared<Name, Switch>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Pick<ServiceFlags<Name>, 'text' | 'number'> & { isOn(name: Switch): boolean } {
  const values = parse(service, Object.keys(flags), Object.keys(switches), argv);
  if (values['help'] === true) throw new HelpRequested(help());
  const text = (name: Name): string => String(values[name] ?? env[variableOf(name)] ?? flags[name].default);
  return {
    text,
    number(name, min, max) {
      const value = Number(text(name));
      if (text(name).trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
      throw new UserError(
        `${service}: --${name}: expected a whole number from ${min} to ${max}, got ${text(name)}`,
        'INVALID_ARGUMENT',
        name,
      );
    },
    isOn: (name) => values[name] === true,
  };
}

function parse(
  service: string,
  flags: readonly string[],
  switches: readonly string[],
  argv: readonly string[],
): Record<string, unknown> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const name of flags) options[name] = { type: 'string' };
  for (const name of switches) options[name] = { type: 'boolean' };
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UserError(`${service}: ${messageOf(error).split('\n')[0]} (see --help)`, 'INVALID_ARGUMENT');
  }
}

/** "queue-max" is SOAR_QUEUE_MAX in the environment. */
function variableOf(flag: string): string {
  return `SOAR_${flag.toUpperCase().replaceAll('-', '_')}`;
}

function helpText(service: string, declared: Readonly<Record<string, Flag>>): string {
  return [
    `soar ${service}: one of SOAR's services. Serves gRPC with health and reflection until SIGTERM or SIGINT.`,
    '',
    'Flags (or SOAR_<FLAG> in the environment):',
    ...flagLines(declared),
    '',
    'Flags of every service. Files are read again when they change:',
    ...flagLines(COMMON_FLAGS, SWITCHES),
  ].join('\n');
}

/** Lines of --help. */
export function flagLines(
  flags: Readonly<Record<string, Flag>>,
  switches: Readonly<Record<string, string>> = {},
): string[] {
  const line = (flag: string, help: string): string => `  ${flag.padEnd(28)} ${help}`;
  return [
    ...Object.entries(flags).map(([name, flag]) =>
      line(`--${name} <value>`, `${flag.help}${flag.default === '' ? '' : ` (default ${flag.default})`}`),
    ),
    ...Object.entries(switches).map(([name, help]) => line(`--${name}`, help)),
  ];
}
