/**
 * The caller's side of one worker thread: requests out, responses in. When a thread dies, its pending requests fail
 * with UNAVAILABLE, or with RESOURCE_EXHAUSTED if its heap was full: the same work would fill it again. It takes no
 * more then; the pool starts another.
 */
import { messageOf, UserError } from '@soar/core';
import { carrier } from '@soar/telemetry';
import { Worker } from 'node:worker_threads';
import './config.js';
import { outOfMemory } from './out-of-memory.js';
import type { Answer, OpArgs, OpName, OpResult, Question, WireError } from './protocol.js';
import type { RuntimeSettings } from './settings.js';
import type { WorkerStart } from './worker/main.js';

const CLOSE_MS_MAX = 2_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerThread {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  private death: UserError | undefined;
  private starved = false;
  private readonly ended: Promise<void>;

  constructor(
    readonly index: number,
    settings: RuntimeSettings,
    script = new URL('./worker/main.js', import.meta.url),
  ) {
    const workerData: WorkerStart = { index, settings };
    const { workerHeapMiB } = settings;
    this.worker = new Worker(script, {
      workerData,
      ...(workerHeapMiB && { resourceLimits: { maxOldGenerationSizeMb: workerHeapMiB } }),
    });
    this.worker.on('message', (answer: Answer) => this.receive(answer));
    this.worker.on('error', (error) => this.die(messageOf(error), outOfMemory(error)));
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        this.die(`it ended with code ${code}`);
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.death === undefined;
  }

  /** Whether memory ran out in it. What it still holds is given back only when it ends. */
  get isStarved(): boolean {
    return this.starved;
  }

  /** Calls `op` on the worker. Requests are answered in order. */
  async call<K extends OpName>(op: K, args: OpArgs<K>): Promise<OpResult<K>> {
    if (this.death) throw this.death;
    const id = this.nextId++;
    const question: Question = { id, op, args, carrier: carrier() };
    return new Promise<unknown>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage(question);
    }) as Promise<OpResult<K>>;
  }

  /** Ends the thread after its current request, or by force if that takes long. */
  async close(): Promise<void> {
    this.worker.postMessage('close');
    const timer = setTimeout(() => void this.worker.terminate(), CLOSE_MS_MAX);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the thread at once. */
  async kill(): Promise<void> {
    await this.worker.terminate();
    await this.ended;
  }

  private receive(answer: Answer): void {
    const pending = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if ('value' in answer) {
      pending?.resolve(answer.value);
      return;
    }
    const { message, starved, fatal } = answer.error;
    this.starved ||= starved === true;
    if (fatal) {
      this.death ??= new UserError(message, 'UNAVAILABLE');
      void this.worker.terminate();
    }
    pending?.reject(errorOf(answer.error));
  }

  private die(why: string, starved?: UserError): void {
    const name = `model worker ${this.index}`;
    this.death ??=
      starved === undefined
        ? new UserError(`${name} died: ${why}. The work it had can be asked for again`, 'UNAVAILABLE')
        : new UserError(`${name}: ${starved.message}`, starved.reason, undefined, { cause: starved });
    for (const { reject } of this.pending.values()) reject(this.death);
    this.pending.clear();
  }
}

function errorOf({ message, reason, where, stack, code }: WireError): Error {
  if (reason !== undefined) return new UserError(message, reason, where);
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}
