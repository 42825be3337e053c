/**
 * The live page of services that a command has started: a process of its own beside them, which a command does not
 * depend on. If it cannot start or dies, the work goes on without it; only a port that was asked for must be free.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, UserError } from '@soar/core';
import { type Command, InvalidArgumentError } from 'commander';
import { defaultDashboardPort } from './config.js';
import { ServiceProcess } from './service-process.js';
import type { Progress } from './progress.js';
import type { Addresses, Supervisor } from './supervisor.js';

const READY_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 2_000;

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
  if (page !== undefined)
    void page
      .unexpectedExit()
      .then(({ message }) =>
        options.say(`the live page is gone: ${message}\nThe work continues without it.`),
      );
  try {
    return await work(page && `http://${page.address}`);
  } finally {
    await page?.stop(STOP_GRACE_MS);
  }
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

async function start(options: LivePageOptions, signal: AbortSignal): Promise<ServiceProcess | undefined> {
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
  try {
    return await ServiceProcess.start(
      {
        name: 'dashboard',
        main: fileURLToPath(import.meta.resolve('@soar/dashboard/dist/main.js')),
        flags: args,
        logFile: join(out, 'logs', 'dashboard.log'),
        preload: import.meta.resolve('@soar/telemetry/register'),
        env: { SOAR_SERVICE: 'dashboard' },
        readyTimeoutMs: READY_TIMEOUT_MS,
      },
      signal,
    );
  } catch (error) {
    const isFlag = error instanceof UserError && error.reason === 'FAILED_PRECONDITION';
    if (signal.aborted || isFlag) throw error;
    say(`there is no live page: ${messageOf(error)}`);
    return undefined;
  }
}

function portOrOff(text: string): number | 'off' {
  if (text === 'off') return 'off';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port, 0 for any free one, or off.');
}
