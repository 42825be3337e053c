/**
 * A process beside the services that a command has started, which no work depends on: the live page, the gateway. If it
 * cannot start or dies, the work goes on without it; only a port that was asked for must be free.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, UserError } from '@soar/core';
import { InvalidArgumentError } from 'commander';
import { ServiceProcess } from './service-process.js';

const READY_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 2_000;

export type Beside = Pick<ServiceProcess, 'address' | 'stop'>;

interface BesideOptions {
  /** Of its package and its log. */
  readonly name: 'dashboard' | 'gateway';
  /** For people: "live page". */
  readonly what: string;
  /** Flags of its own. */
  readonly args: readonly string[];
  /** Folder whose logs/ takes its log. */
  readonly out: string;
  /** Takes a line for the user. */
  readonly say: (line: string) => void;
}

/** Starts it; undefined where it cannot. Throws UserError for a flag that it refuses. */
export async function startBeside(
  { name, what, args, out, say }: BesideOptions,
  signal: AbortSignal,
): Promise<Beside | undefined> {
  try {
    const beside = await ServiceProcess.start(
      {
        name,
        main: fileURLToPath(import.meta.resolve(`@soar/${name}/dist/main.js`)),
        flags: args,
        logFile: join(out, 'logs', `${name}.log`),
        preload: import.meta.resolve('@soar/telemetry/register'),
        env: { SOAR_SERVICE: name },
        readyTimeoutMs: READY_TIMEOUT_MS,
      },
      signal,
    );
    void beside
      .unexpectedExit()
      .then(({ message }) => say(`the ${what} is gone: ${message}\nThe work continues without it.`));
    return beside;
  } catch (error) {
    const isFlag = error instanceof UserError && error.reason === 'FAILED_PRECONDITION';
    if (signal.aborted || isFlag) throw error;
    say(`there is no ${what}: ${messageOf(error)}`);
    return undefined;
  }
}

/** Does `work` with its address, and stops it. */
export async function during<T>(
  beside: Beside | undefined,
  work: (url: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await work(beside && `http://${beside.address}`);
  } finally {
    await beside?.stop(STOP_GRACE_MS);
  }
}

export function portOrOff(text: string): number | 'off' {
  if (text === 'off') return 'off';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port, 0 for any free one, or off.');
}
