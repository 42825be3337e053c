/** Starts the real `soar` command in its own process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.js';

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** What it printed, once it has ended. */
  readonly ended: Promise<Ended>;
  /** Resolves with the first line on stdout. Rejects when it ends without one. */
  readonly firstLine: Promise<string>;
}

export const soarMain = join(repositoryRoot, 'libs/cli/dist/main.js');

/** Starts it; it is killed when it has not ended after `timeoutMs`. `more`: variables in addition. */
export function startSoar(
  args: readonly string[],
  timeoutMs = 60_000,
  more: Readonly<Record<string, string>> = {},
): Started {
  // What runs the tests may ask for colour (nx does); they read plain text.
  const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...more };
  const child = spawn(process.execPath, [soarMain, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const timer = setTimeout(() => child.kill('SIGTERM'), timeoutMs);
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]: unknown[]): Ended => {
    clearTimeout(timer);
    return { code: code as number | null, stdout, stderr };
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
    void ended.then(({ code }) =>
      reject(new Error(`ended with ${code} before a line on stdout:\n${stderr}`)),
    );
  });
  firstLine.catch(() => {}); // only some tests wait for it
  return { child, ended, firstLine };
}

/** Runs it to its end. */
export function runSoar(
  args: readonly string[],
  timeoutMs?: number,
  more?: Readonly<Record<string, string>>,
): Promise<Ended> {
  return startSoar(args, timeoutMs, more).ended;
}

/** Whether a process of this id exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until none of the processes exists; resolves with those that still do after `timeoutMs`. */
export async function gone(pids: readonly number[], timeoutMs: number): Promise<number[]> {
  const deadline = Date.now() + timeoutMs;
  while (pids.some(isRunning) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return pids.filter(isRunning);
}
