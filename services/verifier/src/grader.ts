/**
 * One grading process as its parent sees it: started ahead of need, given one chunk at a time, watched, killed when an
 * item does not end.
 *
 * A process and not a worker thread, because a thread that runs out of memory takes the service with it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InvariantError, UserError } from '@soar/core';
import { cpuTimeMs } from './cpu-time.js';
import type { Item, Reply, Result, Task } from './grading.js';
import { openProgress, ProgressReader } from './progress.js';

export interface GraderLimits {
  /**
   * Processor time one item may take. Where the system does not report it, and in any case at four times that, wall
   * time.
   */
  readonly itemMs: number;
  /** After this long on one item the process counts as stuck, and others are called in. */
  readonly suspectMs: number;
  /** How often a working process is looked at. */
  readonly watchMs: number;
  /** How long a process may take to be ready. */
  readonly startMs: number;
  /** Heap of a grading process, in MiB. */
  readonly heapMiB: number;
}

export const GRADER_LIMITS: GraderLimits = {
  itemMs: 500,
  suspectMs: 50,
  watchMs: 20,
  startMs: 20_000,
  heapMiB: 192,
};
/** Clock over processor time at which an item is over in any case: it sleeps, or the machine is hopeless. */
const CLOCK_FACTOR = 4;

/** How a chunk ended: graded, or the process is gone and `index` is the item it was at. */
export type ChunkEnd =
  | { readonly kind: 'graded'; readonly results: readonly Result[] }
  | { readonly kind: 'killed'; readonly index: number };

interface Work {
  readonly serial: number;
  readonly count: number;
  readonly end: (how: ChunkEnd) => void;
  readonly onSuspect: () => void;
  readonly watch: NodeJS.Timeout;
  index: number;
  /** When `index` was first seen: clock and processor time, ms. */
  sinceMs: number;
  sinceCpuMs: number | undefined;
  isSuspect: boolean;
}

export class Grader {
  private serial = 0;
  private work: Work | undefined;
  /** Settles when the process is gone, whatever the reason. */
  readonly gone: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly progress: ProgressReader,
    private readonly limits: GraderLimits,
  ) {
    this.gone = new Promise((resolve) => {
      child.once('exit', () => {
        this.finish({ kind: 'killed', index: this.position() });
        progress.close();
        resolve();
      });
    });
    child.on('message', (reply: Reply) => {
      if (reply.kind !== 'graded' || this.work?.serial !== reply.serial) return;
      if (reply.results.length !== this.work.count)
        throw new InvariantError('grader: results do not match items');
      this.finish({ kind: 'graded', results: reply.results });
    });
    child.on('error', () => child.kill('SIGKILL')); // a message that could not be sent; `exit` settles the rest
  }

  /**
   * Starts a process with the domains of `domainsModule` (a module URL or package). Rejects when it is not ready in
   * time.
   */
  static async start(domainsModule: string, limits: GraderLimits): Promise<Grader> {
    const fd = openProgress();
    const child = fork(fileURLToPath(new URL('./grader-main.js', import.meta.url)), [domainsModule], {
      execArgv: [`--max-old-space-size=${limits.heapMiB}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', fd],
      serialization: 'advanced',
    });
    const grader = new Grader(child, new ProgressReader(fd), limits);
    await new Promise<void>((resolve, reject) => {
      const failed = (): void =>
        reject(new UserError('verifier: a grading process did not start', 'UNAVAILABLE'));
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        failed();
      }, limits.startMs);
      void grader.gone.then(failed);
      child.once('error', failed);
      child.once('message', () => resolve());
      void grader.gone.finally(() => clearTimeout(timer));
      child.once('message', () => clearTimeout(timer));
    });
    return grader;
  }

  /** Whether it works on an item that takes long. */
  get isSuspect(): boolean {
    return this.work?.isSuspect ?? false;
  }

  /** Grades a chunk; one at a time. `onSuspect` is called when one of its items takes long. Never rejects. */
  grade(task: Task, items: readonly Item[], onSuspect: () => void): Promise<ChunkEnd> {
    if (this.work !== undefined) throw new InvariantError('grader: one chunk at a time');
    const serial = ++this.serial;
    return new Promise((resolve) => {
      this.work = {
        serial,
        count: items.length,
        end: resolve,
        onSuspect,
        watch: setInterval(() => this.look(), this.limits.watchMs),
        index: 0,
        sinceMs: performance.now(),
        sinceCpuMs: this.cpuMs(),
        isSuspect: false,
      };
      if (this.child.exitCode !== null || !this.child.connected) this.finish({ kind: 'killed', index: 0 });
      else this.child.send({ serial, task, items }, () => undefined);
    });
  }

  /** Ends the process at once. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Kills the process when it has been on one item for too long. */
  private look(): void {
    const { work, limits } = this;
    if (work === undefined) return;
    const index = this.position();
    const now = performance.now();
    if (index !== work.index) {
      work.index = index;
      work.sinceMs = now;
      work.sinceCpuMs = this.cpuMs();
    }
    // All items done: what is left is the way of the results to this process, which owes nothing to any item.
    if (index >= work.count || now - work.sinceMs < limits.suspectMs) return;
    if (!work.isSuspect) {
      work.isSuspect = true;
      work.onSuspect();
    }
    const clockMs = now - work.sinceMs;
    const cpuMs = this.cpuMs();
    const usedMs = cpuMs === undefined || work.sinceCpuMs === undefined ? clockMs : cpuMs - work.sinceCpuMs;
    if (usedMs >= limits.itemMs || clockMs >= CLOCK_FACTOR * limits.itemMs) this.kill();
  }

  private position(): number {
    const { serial, index } = this.progress.read();
    return serial === this.work?.serial ? index : 0;
  }

  private cpuMs(): number | undefined {
    return this.child.pid === undefined ? undefined : cpuTimeMs(this.child.pid);
  }

  private finish(end: ChunkEnd): void {
    const { work } = this;
    if (work === undefined) return;
    clearInterval(work.watch);
    this.work = undefined;
    work.end(end);
  }
}
