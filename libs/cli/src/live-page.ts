/** The live page of services that a command has started: a process of its own beside them. */
import type { Command } from 'commander';
import { type Beside, during, portOrOff, startBeside } from './beside.js';
import { defaultDashboardPort } from './config.js';
import type { Progress } from './progress.js';
import type { Addresses, Supervisor } from './supervisor.js';

export interface LivePageFlags {
  readonly dashboard?: number | 'off';
  readonly allowControl?: boolean;
  readonly jaeger?: string;
  /** Folder that the trainers write completions into. */
  readonly completions?: string;
  readonly completionsFormat?: string;
}

/** Adds the flags. */
export function addLivePageFlags(command: Command): Command {
  return command
    .option(
      '--dashboard <port|off>',
      `port of the live page (default: ${defaultDashboardPort}, or the next free one); off: no page`,
      portOrOff,
    )
    .option('--allow-control', 'let the live page pause, resume and cancel')
    .option('--jaeger <url>', 'address of the pages of a Jaeger; the live page then links to traces');
}

export interface LivePageOptions {
  readonly flags: LivePageFlags;
  /** Folder whose logs/ takes its log. */
  readonly out: string;
  readonly addresses: Addresses;
  /** Port where the flags name none. */
  readonly port?: number;
  /** Takes a line for the user. */
  readonly say: (line: string) => void;
}

/** Does `work` with a page beside it. `work` gets its address; undefined where there is none. */
export async function withLivePage<T>(
  options: LivePageOptions,
  signal: AbortSignal,
  work: (url: string | undefined) => Promise<T>,
): Promise<T> {
  const page = options.flags.dashboard === 'off' ? undefined : await start(options, signal);
  return during(page, work);
}

interface Announced {
  readonly flags: LivePageFlags & { readonly out: string };
  readonly services: Pick<Supervisor, 'addresses' | 'pids'>;
  readonly progress: Progress;
}

/** Says which services run and where to watch them, to people and to programs, and does `work` meanwhile. */
export function withAnnouncedPage<T>(
  { flags, services: { addresses, pids }, progress }: Announced,
  signal: AbortSignal,
  work: (addresses: Addresses) => Promise<T>,
): Promise<T> {
  progress.event({ event: 'up', addresses, pids });
  progress.line(`five services are running; their logs are in ${flags.out}/logs`);
  const say = (line: string): void => progress.line(line);
  return withLivePage({ flags, out: flags.out, addresses, say }, signal, (url) => {
    if (url !== undefined) {
      progress.event({ event: 'dashboard', url });
      progress.line(`watch at ${url}`);
    }
    return work(addresses);
  });
}

function start(options: LivePageOptions, signal: AbortSignal): Promise<Beside | undefined> {
  const { flags, out, addresses, port = defaultDashboardPort, say } = options;
  const asked = flags.dashboard as number | undefined;
  const args = ['--listen', `127.0.0.1:${asked ?? port}`];
  for (const name of ['coordinator', 'trainer', 'metareward'] as const)
    args.push(`--${name}`, addresses[name]);
  if (asked === undefined) args.push('--next-port');
  if (flags.allowControl === true) args.push('--allow-control');
  if (flags.jaeger !== undefined) args.push('--jaeger', flags.jaeger);
  if (flags.completions !== undefined && (flags.completionsFormat ?? 'jsonl') === 'jsonl')
    args.push('--completions', flags.completions);
  return startBeside({ name: 'dashboard', what: 'live page', args, out, say }, signal);
}
