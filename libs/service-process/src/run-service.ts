/**
 * The process of a service: one readiness line on standard output, logs on standard error, orderly ends.
 *
 * SIGTERM and SIGINT drain and exit 0; a second one exits at once. With `exitWithParent` the end of standard input
 * counts as a signal, so that a parent that was killed leaves no orphan. A `UserError` at the start is one line and
 * exit code 2; anything unexpected is a bug, with its stack, and exit code 70 (EX_SOFTWARE of sysexits.h). Settings are
 * the service's own business (its config.ts).
 */
import { messageOf, UserError } from '@soar/core';
import { DRAIN_MS_DEFAULT, type RunningServer, type ServerOptions, startServer } from '@soar/grpc-kit';
import { shutdownTelemetry } from '@soar/telemetry';
import { HelpAsked, type Serving } from './flags.js';

/** Exit code for what the user can mend: an address in use, a missing file, a malformed flag. */
const EXIT_USER = 2;
/** Exit code for a bug. */
const EXIT_BUG = 70;
/** What closing may take after the drain, before the process ends regardless. */
const CLOSE_MS_MAX = 5_000;

/** What `runService` serves. */
export interface ServiceProgram extends Serving, Pick<ServerOptions, 'services'> {
  /** Releases what the service holds (clients, workers, files), after the last call. */
  close?: () => Promise<void> | void;
}

/** What a service is given while it starts. */
export interface ServiceProcess {
  /** Aborts when the process is asked to end; background work that is not a call stops on it. */
  readonly signal: AbortSignal;
  /** One line to the log. */
  readonly log: (message: string) => void;
}

/**
 * Runs a service until it is asked to end; the last statement of its main.ts. `start` reads the configuration, opens
 * what the service needs and says what to serve. The promise settles never: the process exits.
 */
export async function runService(
  name: string,
  start: (process: ServiceProcess) => Promise<ServiceProgram> | ServiceProgram,
): Promise<void> {
  const ending = new AbortController();
  const log = (message: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${name}: ${message}\n`);
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
  // The parent that read the ready line may go away; a closed pipe is no reason to die half-way through a drain.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);

  let running: RunningServer | undefined;
  let program: ServiceProgram | undefined;
  try {
    program = await start({ signal: ending.signal, log });
    if (program.exitWithParent === true) followParent(end);
    running = await startServer({ ...program, log });
    process.stdout.write(`${JSON.stringify({ event: 'ready', service: name, address: running.address })}\n`);
    log(`listening on ${running.address}`);
    await asked;
  } catch (error) {
    if (error instanceof HelpAsked) {
      process.stdout.write(`${error.message}\n`);
      process.exit(0);
    }
    // Asked to end while it waited to begin: what it waited for rejects, and that is no failure.
    if (!ending.signal.aborted || program === undefined || running !== undefined) {
      await running?.stop();
      fail(error, log);
      return;
    }
  }
  log(`ending: ${String(ending.signal.reason)}`);
  await close(program, running, log).catch((error: unknown) => fail(error, log));
}

/** Drains, closes and ends the process, in bounded time. */
async function close(
  program: ServiceProgram,
  running: RunningServer | undefined,
  log: (message: string) => void,
): Promise<void> {
  const deadline = setTimeout(
    () => {
      log('did not close in time');
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

/** Ends the process: one line for what the user can mend, the stack for a bug. */
function fail(error: unknown, log: (message: string) => void): void {
  const user = error instanceof UserError;
  log(
    user
      ? error.message
      : `bug: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
  );
  void shutdownTelemetry().finally(() => process.exit(user ? EXIT_USER : EXIT_BUG));
}
