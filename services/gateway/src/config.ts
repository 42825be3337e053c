/**
 * The gateway's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env here.
 */
import { UserError } from '@soar/core';
import {
  CALL_FLAGS,
  CALLS_MAX_DEFAULT,
  CALLS_PER_SECOND_DEFAULT,
  callSecurity,
  type CallSecurity,
} from '@soar/grpc-kit';
import { flagLines, readFlags } from '@soar/service-process';
import { BACKENDS, type BackendName } from './backends.js';
import { readOrigins } from './origins.js';

export interface GatewayConfig {
  /** HOST:PORT. */
  readonly listen: string;
  /** Takes the next free port when the one of `listen` is taken. */
  readonly nextPort: boolean;
  readonly exitWithParent: boolean;
  /** Allows plain text off loopback, to listen and to call. */
  readonly insecure: boolean;
  /** PEM files of its own certificate; with them it is served by HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Callers and their roles; others are refused before their body is read. */
  readonly callersFile?: string;
  /** How it calls the services. Its token is for callers who show none. */
  readonly calling: CallSecurity;
  /** Addresses of the services that it serves. */
  readonly addresses: Readonly<Partial<Record<BackendName, string>>>;
  /** Origins whose pages may call. */
  readonly origins: readonly string[];
  /** Whether it has the endpoints of OpenAI's API. */
  readonly openai: boolean;
  /** Most calls in flight, streams included. */
  readonly callsMax: number;
  /** Most calls a second of one peer; 0: no limit. */
  readonly callsPerSecond: number;
  /** Deadline of a call whose caller names none, in ms. */
  readonly deadlineMs: number;
}

const ADDRESS_FLAGS = Object.fromEntries(
  BACKENDS.map(({ name, port }) => [
    name,
    { default: `127.0.0.1:${port}`, help: `address of the ${name}; empty: it is not served` },
  ]),
) as Record<BackendName, { default: string; help: string }>;

/** Those that say how it calls; `token-file` is not among them, as that is what other services show for themselves. */
const { 'token-file': _, ...TLS_FLAGS } = CALL_FLAGS;

const FLAGS = {
  listen: { default: '127.0.0.1:7110', help: 'address of HTTP' },
  ...ADDRESS_FLAGS,
  'allow-origin': {
    default: '',
    help: 'origin whose pages may call, as https://app.example; several: separated by commas',
  },
  'callers-file': {
    default: '',
    help: 'callers and roles, as the services have them; others are refused. Off loopback: this, or --insecure',
  },
  'guest-token-file': {
    default: '',
    help: 'token for callers who show none, on the first line; default: none is lent',
  },
  'tls-cert': { default: '', help: 'PEM: its certificate, with its chain; it is then served by HTTPS' },
  'tls-key': { default: '', help: 'PEM: key of the certificate' },
  'calls-max': {
    default: String(CALLS_MAX_DEFAULT / 4),
    help: 'most calls in flight, streams included; further ones are told when to retry',
  },
  'calls-per-second': {
    default: String(CALLS_PER_SECOND_DEFAULT),
    help: 'most calls per second from one peer (an IP address); 0: no limit',
  },
  'deadline-seconds': { default: '300', help: 'deadline of a call without Connect-Timeout-Ms' },
  ...(Object.fromEntries(
    Object.entries(TLS_FLAGS).map(([name, help]) => [name, { default: '', help }]),
  ) as Record<keyof typeof TLS_FLAGS, { default: string; help: string }>),
};

const SWITCHES = {
  openai: "serve chat completions, completions and models as OpenAI's API has them, below /v1",
  'next-port': 'use the next free port when the one of --listen is taken',
  insecure: 'allow plain text off loopback, both to listen and to pass tokens on',
  'exit-with-parent': 'exit when standard input closes',
  help: 'print this and exit',
} as const;

const DAY_SECONDS = 24 * 60 * 60;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const declared = { flags: FLAGS, switches: SWITCHES, help };
  const { text, number, isOn } = readFlags('gateway', declared, argv, env);
  const [cert, key] = [text('tls-cert'), text('tls-key')];
  if ((cert === '') !== (key === ''))
    throw new UserError('gateway: --tls-cert and --tls-key need each other', 'INVALID_ARGUMENT', 'tls-cert');
  const insecure = isOn('insecure');
  const callersFile = text('callers-file');
  const values: Record<string, string | undefined> = {
    'token-file': text('guest-token-file') || undefined,
    'tls-ca': text('tls-ca') || undefined,
    'tls-client-cert': text('tls-client-cert') || undefined,
    'tls-client-key': text('tls-client-key') || undefined,
  };
  const addresses = Object.fromEntries(
    BACKENDS.map(({ name }) => [name, text(name)] as const).filter(([, address]) => address !== ''),
  );
  return {
    listen: text('listen'),
    nextPort: isOn('next-port'),
    exitWithParent: isOn('exit-with-parent'),
    insecure,
    ...(cert === '' ? {} : { tls: { cert, key } }),
    ...(callersFile === '' ? {} : { callersFile }),
    calling: { ...callSecurity('gateway', values, insecure), forwardsTokens: true },
    addresses,
    origins: readOrigins(text('allow-origin')),
    openai: isOn('openai'),
    callsMax: number('calls-max', 1, 1_000_000),
    callsPerSecond: number('calls-per-second', 0, 1_000_000),
    deadlineMs: 1000 * number('deadline-seconds', 1, DAY_SECONDS),
  };
}

function help(): string {
  return [
    'soar gateway: serves the calls of the services by HTTP (JSON, Connect, gRPC-Web), until SIGTERM or SIGINT.',
    '',
    'Flags (or SOAR_<FLAG> in the environment):',
    ...flagLines(FLAGS, SWITCHES),
  ].join('\n');
}
