/**
 * One service as a child process: started, awaited until it reports that it is ready, watched, stopped.
 *
 * Each child leads a process group of its own, so that Ctrl-C in the terminal reaches only this command, which then
 * stops the services in order; and its stdin is a pipe from here, so that it ends by itself (`--exit-with-parent`) even
 * when this process is killed and can stop nothing. Not a general process manager: nothing is restarted.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { UserError } from '@soar/core';
import { serviceEnvironment } from './config.js';

export interface ServiceStart {
  /** verifier, trainer, teacher, metareward or coordinator. */
  readonly name: string;
  /** Path of its main.js. */
  readonly main: string;
  /** Flags, --listen among them. */
  readonly flags: readonly string[];
  /** File that its stderr is appended to. */
  readonly logFile: string;
  /** Module URL for `node --import`: the telemetry set-up. */
  readonly preload: string;
  /** Variables that override this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Time until it must be ready. */
  readonly readyTimeoutMs: number;
}

/** The part of a log that one process wrote: from this byte on. */
interface LogPart {
  readonly file: string;
  readonly from: number;
}

const USAGE_EXIT_CODE = 2;
const KILLED_BY = 'it was killed by';
const OUT_OF_MEMORY = /out of memory|bad_alloc|allocation failed/i;
const LOG_TAIL_LINES = 12;
const LOG_TAIL_CHARS_MAX = 4000;
/** What a process that aborts prints: the reason, and below it a native stack. */
const FATAL_CHARS_MAX = 16_000;

export class ServiceProcess {
  private stopping = false;
  private readonly exit: Promise<string>;

  private constructor(
    readonly name: string,
    /** host:port that it listens on. */
    readonly address: string,
    /** Where it serves metrics, if it does. */
    readonly metrics: string | undefined,
    private readonly child: ChildProcess,
    private readonly log: LogPart,
    exit: Promise<string>,
  ) {
    this.exit = exit;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Starts the service and waits for its readiness line. Rejects with a UserError that shows its last log lines. */
  static async start(start: ServiceStart, signal: AbortSignal): Promise<ServiceProcess> {
    const logDescriptor = openSync(start.logFile, 'a');
    const log = { file: start.logFile, from: fstatSync(logDescriptor).size };
    const args = ['--import', start.preload, start.main, ...start.flags, '--exit-with-parent'];
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', logDescriptor],
      detached: true,
      env: serviceEnvironment(start.env),
    });
    closeSync(logDescriptor);
    child.stdin!.on('error', () => {}); // the child may close its end first; its exit is what counts
    const exit = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
      child.once('exit', (code, by) =>
        resolve(by === null ? `it ended with exit code ${code}` : `${KILLED_BY} ${by}`),
      );
    });
    let cleanUp = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`it was not ready after ${start.readyTimeoutMs / 1000} s`)),
        start.readyTimeoutMs,
      );
      const onAbort = (): void => reject(new Error('the start was interrupted'));
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      cleanUp = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
    });
    try {
      const ready = readyLine(child, start.name);
      const died = exit.then((how) => Promise.reject(new Error(how)));
      const { address, metrics } = await Promise.race([ready, died, aborted]);
      return new ServiceProcess(start.name, address, metrics, child, log, exit);
    } catch (error) {
      killGroup(child, 'SIGKILL');
      const why = error instanceof Error ? error.message : String(error);
      // A service that refuses its flags or inputs exits with the usage code, as commands do.
      const reason = child.exitCode === USAGE_EXIT_CODE ? 'FAILED_PRECONDITION' : 'UNAVAILABLE';
      throw new UserError(`service ${start.name} did not start: ${why}.${tailOf(log)}`, reason, start.name);
    } finally {
      cleanUp();
    }
  }

  /** Resolves with an error when the service ends without being stopped; never resolves otherwise. */
  async unexpectedExit(): Promise<UserError> {
    const how = await this.exit;
    if (this.stopping) return new Promise<never>(() => {});
    return new UserError(
      `service ${this.name} died during the work: ${how}${this.hintFor(how)}.${tailOf(this.log)}`,
      'UNAVAILABLE',
      this.name,
    );
  }

  /**
   * When memory runs out, the system kills with SIGKILL, and a process that gets no more of it aborts and says so.
   * Trainers hold nearly all of it.
   */
  private hintFor(how: string): string {
    if (!this.name.startsWith('trainer')) return '';
    const aborted = how.startsWith(KILLED_BY) && OUT_OF_MEMORY.test(endOf(this.log, FATAL_CHARS_MAX));
    if (!how.endsWith('SIGKILL') && !aborted) return '';
    return (
      `, as ${aborted ? 'its log says because' : 'the system does when'} memory ran out; give a smaller --memory or ` +
      'fewer --workers, or set compute.microBatchTokens or student.rl.questionsPerStep lower'
    );
  }

  /**
   * Closes its stdin, on which it drains and exits. This works on every platform. A signal as well would count as the
   * second request, which means exit at once. Kills the process group if it has not ended in time. Idempotent.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.child.stdin?.end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.kill();
        resolve();
      }, graceMs);
    });
    await Promise.race([this.exit, late]);
    clearTimeout(timer);
    await this.exit;
    killGroup(this.child, 'SIGKILL'); // child processes that it left
  }

  /** Kills its process group at once. */
  kill(): void {
    this.stopping = true;
    killGroup(this.child, 'SIGKILL');
  }
}

interface Ready {
  readonly address: string;
  readonly metrics: string | undefined;
}

/** Reads stdout up to the line {"event":"ready","address":...}, and keeps draining it afterwards. */
function readyLine(child: ChildProcess, name: string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      try {
        const message = JSON.parse(line) as { event?: unknown; address?: unknown; metrics?: unknown };
        const { event, address, metrics } = message;
        if (event === 'ready' && typeof address === 'string')
          resolve({ address, metrics: typeof metrics === 'string' ? metrics : undefined });
      } catch {
        reject(new Error(`${name} printed a line on stdout that is not JSON: ${line.slice(0, 200)}`));
      }
    });
  });
}

/** Signals the group that `child` leads. A group that is gone already is no error. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal); // no process groups on this platform, or nothing left to signal
  }
}

function endOf({ file, from }: LogPart, charsMax: number): string {
  return readFileSync(file).subarray(from).toString('utf8').slice(-charsMax).trimEnd();
}

/** The last lines of a log, indented, after its path. */
function tailOf(log: LogPart): string {
  const text = endOf(log, LOG_TAIL_CHARS_MAX);
  if (text === '') return ` Its log ${log.file} is empty.`;
  const lines = text.split('\n').slice(-LOG_TAIL_LINES);
  return ` Last lines of its log ${log.file}:\n${lines.map((line) => `  | ${line}`).join('\n')}`;
}
