/**
 * The process of a service: one readiness line on standard output, logs on standard error and, where the environment
 * says so, to a collector (@soar/telemetry); graceful shutdown.
 *
 * SIGTERM and SIGINT drain and exit 0; a second signal exits at once. With `exitWithParent` the end of standard input
 * counts as a signal, so that a killed parent leaves no orphans. A `UserError` at the start is one line and exit code
 * 2. Anything unexpected is a bug: its stack and exit code 70 (EX_SOFTWARE of sysexits.h). Not here: settings (each
 * service's config.ts).
 */
import { type BuildIdentity, buildOf, fingerprintOf } from '@soar/builds';
import { BuildService, type UsedBuild } from '@soar/contracts';
import { messageOf, printable, UserError } from '@soar/core';
import {
  checkListen,
  DRAIN_MS_DEFAULT,
  formatAddress,
  type HandlerContext,
  parseAddress,
  type RunningServer,
  type ServerOptions,
  service,
  startServer,
} from '@soar/grpc-kit';
import { exceptionOf, type Log, observe, recordLog, shutdownTelemetry } from '@soar/telemetry';
import { HelpRequested, type Serving } from './flags.js';

/** Exit code for what the user can fix: an address in use, a missing file, a malformed flag. */
const EXIT_USER = 2;
/** Exit code for a bug. */
const EXIT_BUG = 70;
/** How long closing may take after the drain before the process exits regardless. */
const CLOSE_MS_MAX = 5_000;

/** What `runService` serves: gRPC services, or a server of its own. */
export type ServiceProgram = Serving & Served & Closing;

type Served =
  | (Pick<ServerOptions, 'services'> & Built)
  /** Starts a server that does not speak gRPC. */
  | { readonly serve: () => Promise<Pick<RunningServer, 'address' | 'stop'>> };

/** What the results of a gRPC service depend on beside its code. */
interface Built {
  /** Settings of this process, by name: parts of its build. Default: none. */
  readonly decides?: Readonly<Record<string, string>>;
  /** The builds of the services that it calls for results. Default: none. */
  readonly uses?: (context: HandlerContext) => Promise<UsedBuild[]>;
}

interface Closing {
  /** Releases what the service holds (clients, workers, files), after the last call. */
  close?: () => Promise<void> | void;
}

/** What `start` is given. */
export interface ServiceProcess {
  /** Aborts when the process is asked to end. Background work must stop on it. */
  readonly signal: AbortSignal;
  /** Writes one line to the log. */
  readonly log: Log;
  /** What build it is, but for `decides`. */
  readonly build: () => Promise<BuildIdentity>;
}

/**
 * Runs a service until it is asked to end; the last statement of its main.ts. `start` reads the configuration, opens
 * what the service needs and returns what to serve. The promise never settles: the process exits.
 */
export async function runService(
  name: string,
  start: (process: ServiceProcess) => Promise<ServiceProgram> | ServiceProgram,
): Promise<void> {
  observe('processMemory', () => [{ value: process.memoryUsage.rss() }]);
  const ending = new AbortController();
  const log: Log = (message, severity, about) => {
    const text = printable(message);
    // What a message quotes must not look like a line of its own.
    process.stderr.write(`${new Date().toISOString()} ${name}: ${text.replaceAll('\n', '\n    ')}\n`);
    recordLog(text, severity, about);
  };
  const asked = new Promise<void>((resolve) => {
    ending.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const end = (why: string): void => {
    if (ending.signal.aborted) process.exit(1);
    ending.abort(why);
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('uncaughtException', (error) => fail(error, log));
  process.on('unhandledRejection', (error) => fail(error, log));
  // The parent that read the readiness line may exit; a closed pipe must not kill the process during a drain.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);

  let running: Pick<RunningServer, 'address' | 'stop'> | undefined;
  let program: ServiceProgram | undefined;
  let metrics: Metrics | undefined;
  try {
    let code: Promise<BuildIdentity> | undefined;
    const build = (): Promise<BuildIdentity> => (code ??= buildOf(name, process.argv[1]!));
    program = await start({ signal: ending.signal, log, build });
    if (program.exitWithParent === true) followParent(end);
    metrics = program.metrics === undefined ? undefined : await startMetrics(name, program.metrics);
    if (metrics !== undefined) log(`metrics at ${metrics.url}`);
    running = await ('serve' in program
      ? program.serve()
      : startServer({ ...withBuild(program, await build()), log }));
    const ready = { event: 'ready', service: name, address: running.address, metrics: metrics?.url };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    log(`listening on ${running.address}`);
    await asked;
  } catch (error) {
    if (error instanceof HelpRequested) {
      process.stdout.write(`${error.message}\n`);
      process.exit(0);
    }
    // Asked to end while on standby: the wait rejects, and that is no failure.
    if (!ending.signal.aborted || program === undefined || running !== undefined) {
      await running?.stop();
      fail(error, log);
      return;
    }
  }
  log(`shutting down: ${String(ending.signal.reason)}`);
  await close(program, running, log).catch((error: unknown) => fail(error, log));
}

interface Metrics {
  readonly url: string;
}

/** Serves metrics until the process exits; they say how it drains, too. */
async function startMetrics(name: string, listen: string): Promise<Metrics> {
  // A port of its own without TLS and tokens, as that of health: scrapers have neither.
  const { host, port } = parseAddress(checkListen(listen, false, true));
  const { serveMetrics } = await import('@soar/telemetry/metrics-endpoint');
  const served = await serveMetrics({ host, port, service: name });
  return { url: `http://${formatAddress(host, served.port)}/metrics` };
}

/** A program that says what build it is, in its answers and by BuildService. */
function withBuild<P extends Serving & Pick<ServerOptions, 'services'> & Built>(
  program: P,
  code: BuildIdentity,
): P & ServerOptions {
  const { decides, uses, services } = program;
  const parts = { ...code.parts, ...decides };
  const build = { ...code, parts, fingerprint: fingerprintOf(parts) };
  const routes = service(BuildService, {
    getBuild: async (_, context) => ({ build, uses: (await uses?.(context)) ?? [] }),
  });
  return { ...program, services: [...services, routes], build };
}

/** Drains, closes and exits, in bounded time. */
async function close(
  program: ServiceProgram,
  running: Pick<RunningServer, 'stop'> | undefined,
  log: Log,
): Promise<void> {
  const deadline = setTimeout(
    () => {
      log('not closed in time; exiting', 'warn');
      process.exit(1);
    },
    (program.drainMs ?? DRAIN_MS_DEFAULT) + CLOSE_MS_MAX,
  );
  deadline.unref();
  await running?.stop();
  await program.close?.();
  await shutdownTelemetry();
  process.exit(0);
}

function followParent(end: (why: string) => void): void {
  let ended = false;
  const once = () => {
    if (!ended) end('standard input ended');
    ended = true;
  };
  process.stdin.on('end', once).on('close', once).on('error', once);
  process.stdin.resume();
}

/** Exits: one line for what the user can fix, the stack for a bug. */
function fail(error: unknown, log: Log): void {
  const user = error instanceof UserError;
  if (user) log(error.message, 'fatal');
  else {
    const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    log(`bug: ${stack}`, 'fatal', exceptionOf(error));
  }
  void shutdownTelemetry().finally(() => process.exit(user ? EXIT_USER : EXIT_BUG));
}
