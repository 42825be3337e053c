/**
 * A run in Weights & Biases: its records as JSON Lines into `python -m soar.wandb`, which sends them as W&B's own
 * settings say (WANDB_MODE, WANDB_PROJECT, ...). The records that it was given are kept in a file, so that a later
 * process gives it the others; W&B finds the run again by its id. A process that is killed closes the pipe, and Python
 * still sends what it has. The report becomes an artifact: Python is told its file at the start, and reads it at the
 * end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printableLine, UserError } from '@soar/core';
import { JsonLinesFile, jsonLines } from '../json-lines/json-lines-file.js';
import type { Dated, RunRecord } from '../records/record.js';
import type { Ending, Reported, Tracker } from '../tracker.js';
import { type Interpreter, lastLine } from './interpreter.js';

/** Of the end of each output. */
const KEPT_CHARS = 8_192;
/** How long a command that was interrupted waits for Python, which goes on without it. */
const LEAVE_MS = 3_000;

export class WandbPipe implements Tracker {
  private stdout = '';
  private stderr = '';
  private readonly ended: Promise<void>;
  private readonly over: Promise<void>;
  private failure: string | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly given: JsonLinesFile,
    private readonly reportFile: string,
    private readonly signal: AbortSignal,
  ) {
    this.over = aborted(signal);
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout = tail(this.stdout + text)));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr = tail(this.stderr + text)));
    // A pipe that broke is told by how the process ended.
    child.stdin!.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.failure = error.message;
        resolve();
      });
      child.on('close', (code, by) => {
        if (code !== 0) this.failure ??= lastLine(this.stderr) || `it ended with ${code ?? by}`;
        resolve();
      });
    });
  }

  /** Starts Python for a run. `folder` has the records that it was given. */
  static async open(
    { python, env }: Interpreter,
    folder: string,
    head: RunRecord,
    signal: AbortSignal,
  ): Promise<WandbPipe> {
    const given = await JsonLinesFile.open(folder, head);
    const report = join(folder, basename(given.path, '.jsonl'), 'report.json');
    await mkdir(dirname(report), { recursive: true });
    await writeFile(report, '{}\n');
    const child = spawn(python, ['-m', 'soar.wandb', '--artifact', report], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C ends this command, and Python when it has sent what it has.
      detached: true,
      env: { WANDB_RUN_ID: wandbId(head), WANDB_RESUME: 'allow', ...env, PYTHONUNBUFFERED: '1' },
    });
    const pipe = new WandbPipe(child, given, report, signal);
    // Also to one that is continued: what follows belongs to this run.
    await pipe.send(jsonLines([head]));
    return pipe;
  }

  async write(items: readonly Dated[]): Promise<void> {
    const fresh = items.filter(({ record }) => !this.given.has(record));
    const told = fresh.map(({ record }) => record).filter(({ kind }) => kind !== 'run');
    if (told.length > 0) await this.send(jsonLines(told));
    await this.given.write(fresh);
  }

  async close({ state, report }: Ending): Promise<Reported> {
    await writeFile(this.reportFile, report);
    this.child.stdin!.end();
    if (state === 'open') {
      await Promise.race([this.ended, sleep(LEAVE_MS, undefined, { ref: false })]);
      this.child.unref();
      return { place: 'W&B', what: 'Python sends what it was given' };
    }
    await Promise.race([this.ended, this.over]);
    if (this.child.exitCode === null && this.failure === undefined) {
      this.child.unref();
      throw new UserError('W&B: Python still sends; it goes on by itself', 'CANCELLED');
    }
    if (this.failure !== undefined) throw failed(this.failure);
    return { place: printableLine(lastLine(this.stdout)) || 'W&B', what: 'the run in Weights & Biases' };
  }

  private async send(text: string): Promise<void> {
    const { stdin } = this.child;
    const sent = new Promise<void>((resolve) => stdin!.write(text, () => resolve()));
    await Promise.race([sent, this.ended, this.over]);
    if (this.failure !== undefined || this.child.exitCode !== null || !stdin!.writable) {
      await Promise.race([this.ended, this.over]);
      throw failed(this.failure ?? 'Python ended before the run did');
    }
    this.signal.throwIfAborted();
  }
}

function failed(why: string): UserError {
  return new UserError(`W&B: ${printableLine(why).replace(/^soar-wandb: /, '')}`, 'FAILED_PRECONDITION');
}

/** The same for every process that works on a run, and of characters that W&B takes. */
function wandbId(head: RunRecord): string {
  const hash = createHash('sha256').update(`${head.run} ${head.start_time}`).digest('hex').slice(0, 8);
  return `${head.run.slice(0, 100)}-${hash}`;
}

function tail(text: string): string {
  return text.slice(-KEPT_CHARS);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
