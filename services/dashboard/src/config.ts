/**
 * The dashboard's settings: flags, then SOAR_* environment variables, then defaults. The only reader of process.env
 * here.
 */
import { UserError } from '@soar/core';
import { CALL_FLAGS, callSecurity, type CallSecurity } from '@soar/grpc-kit';
import { flagLines, readFlags } from '@soar/service-process';

export interface DashboardConfig {
  /** HOST:PORT of the page. */
  readonly listen: string;
  /** Takes the next free port when the one of `listen` is taken. */
  readonly nextPort: boolean;
  readonly exitWithParent: boolean;
  /** Allows plain text off loopback. */
  readonly insecure: boolean;
  /** PEM files of the page's own certificate; with them it is served by HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** File of tokens that visitors log in with; required off loopback. */
  readonly pageTokenFile?: string;
  /** How it calls the services. */
  readonly calling: CallSecurity;
  readonly coordinator: string;
  /** Addresses of trainers; none: students cannot be followed. */
  readonly trainers: readonly string[];
  /** Absent: no ledger is shown. */
  readonly metareward?: string;
  /** Folder that the trainers write completions into; absent: none are shown. */
  readonly completions?: string;
  /** Address of a Jaeger's pages, for links; absent: none. */
  readonly jaeger?: string;
  /** Whether visitors may pause, resume and cancel. */
  readonly allowControl: boolean;
  /** Most pages that are kept live at a time. */
  readonly streamsMax: number;
}

const FLAGS = {
  listen: { default: '127.0.0.1:7100', help: 'address of the page' },
  coordinator: { default: '127.0.0.1:7105', help: 'address of the coordinator' },
  trainer: {
    default: '',
    help: 'address of the trainer, to follow students as they train; of several: separated by commas',
  },
  metareward: { default: '', help: 'address of metareward, to show how rewards came about' },
  completions: {
    default: '',
    help: 'folder of --completions of the trainers (jsonl), to show what students wrote',
  },
  jaeger: {
    default: '',
    help: 'address of the pages of a Jaeger, for links to traces: http://127.0.0.1:16686',
  },
  'page-token-file': {
    default: '',
    help: 'tokens that visitors log in with, one per line; required off loopback',
  },
  'tls-cert': {
    default: '',
    help: 'PEM: certificate of the page, with its chain; the page is then served by HTTPS',
  },
  'tls-key': { default: '', help: 'PEM: key of the certificate' },
  'streams-max': { default: '64', help: 'most open pages that are kept live; further ones are told to wait' },
  ...(Object.fromEntries(
    Object.entries(CALL_FLAGS).map(([name, help]) => [name, { default: '', help }]),
  ) as Record<keyof typeof CALL_FLAGS, { default: string; help: string }>),
};

const SWITCHES = {
  'allow-control': 'let visitors pause, resume and cancel runs and comparisons',
  'next-port': 'use the next free port when the one of --listen is taken',
  insecure: 'allow plain text off loopback, both to listen and to send the token',
  'exit-with-parent': 'exit when standard input closes',
  help: 'print this and exit',
} as const;

/** Reads `argv` (without node and script) over `env`. Throws UserError on an unknown flag. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): DashboardConfig {
  const declared = { flags: FLAGS, switches: SWITCHES, help };
  const { text, number, isOn } = readFlags('dashboard', declared, argv, env);
  const [cert, key] = [text('tls-cert'), text('tls-key')];
  if ((cert === '') !== (key === ''))
    throw new UserError(
      'dashboard: --tls-cert and --tls-key need each other',
      'INVALID_ARGUMENT',
      'tls-cert',
    );
  const insecure = isOn('insecure');
  const given = Object.fromEntries(
    Object.keys(CALL_FLAGS).map((name) => [name, text(name as keyof typeof CALL_FLAGS) || undefined]),
  );
  const optional = (name: 'page-token-file' | 'metareward' | 'completions' | 'jaeger'): string | undefined =>
    text(name) || undefined;
  const [pageTokenFile, metareward, completions, jaeger] = [
    optional('page-token-file'),
    optional('metareward'),
    optional('completions'),
    optional('jaeger'),
  ];
  return {
    listen: text('listen'),
    nextPort: isOn('next-port'),
    exitWithParent: isOn('exit-with-parent'),
    insecure,
    ...(cert === '' ? {} : { tls: { cert, key } }),
    ...(pageTokenFile === undefined ? {} : { pageTokenFile }),
    calling: callSecurity('dashboard', given, insecure),
    coordinator: text('coordinator'),
    trainers: addresses(text('trainer')),
    ...(metareward === undefined ? {} : { metareward }),
    ...(completions === undefined ? {} : { completions }),
    ...(jaeger === undefined ? {} : { jaeger: checkJaeger(jaeger) }),
    allowControl: isOn('allow-control'),
    streamsMax: number('streams-max', 1, 10_000),
  };
}

/** One for every trainer: each knows only of its own trainings in progress. */
function addresses(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function checkJaeger(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new UserError(
    `dashboard: --jaeger: expected an address such as http://127.0.0.1:16686, got ${JSON.stringify(text)}`,
    'INVALID_ARGUMENT',
    'jaeger',
  );
}

function help(): string {
  return [
    'soar dashboard: serves the live page of a coordinator to browsers, until SIGTERM or SIGINT.',
    '',
    'Flags (or SOAR_<FLAG> in the environment):',
    ...flagLines(FLAGS, SWITCHES),
  ].join('\n');
}
