/**
 * The unfinished work of a fine-tuning: a folder `OUT.partial` beside the model that it will make, with the plan and
 * the last checkpoint. A checkpoint appears whole, under its step, and the one before it goes afterwards; so whatever
 * ends the process, there is one to resume from, or none and the plan. One process works in it at a time.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { asUserError, codeOf, exists, makeFolders, sync, writeWhole } from '@soar/files';
import { differenceOf, isPlan, type Plan } from './settings.js';

const PLAN_FILE = 'plan.json';
const STATE_FILE = 'state.json';
const LOCK_FILE = 'process-id';
const CHECKPOINT = /^step-(\d+)$/;
const PARTIAL = '.partial';

/** A measurement on the way. */
export interface Measurement {
  /** Steps that were taken. */
  readonly step: number;
  /** Mean loss of the steps since the measurement before, in nats a token; null at step 0. */
  readonly loss: number | null;
  /** Null where nothing is held out. */
  readonly heldOutLoss: number | null;
}

/** What a checkpoint remembers beside the weights and the optimizer. */
export interface State {
  readonly step: number;
  readonly measurements: readonly Measurement[];
  /** Sum of the losses of the steps since the last measurement, and their number. */
  readonly lossSum: number;
  readonly lossSteps: number;
}

export interface Checkpoint {
  readonly folder: string;
  readonly state: State;
}

export class WorkingFolder {
  /** The checkpoint that this process resumed from. It stays: the worker reads the tokenizer's files there. */
  private resumed: number | undefined;

  private constructor(
    readonly path: string,
    private readonly out: string,
  ) {}

  /**
   * Takes the folder for `out`, and makes it if there is none. Throws UserError where another process works in it, or
   * it cannot be made.
   */
  static open(out: string): WorkingFolder {
    const folder = new WorkingFolder(`${resolve(out)}${PARTIAL}`, resolve(out));
    try {
      makeFolders(folder.path);
      folder.lock();
    } catch (error) {
      throw asUserError(error, folder.path);
    }
    for (const name of readdirSync(folder.path))
      if (name.endsWith(PARTIAL)) rmSync(join(folder.path, name), { recursive: true });
    return folder;
  }

  /** Removes what finished work by `plan` has left, if anything. */
  static async clear(out: string, plan: Plan): Promise<void> {
    if (!(await exists(`${resolve(out)}${PARTIAL}`))) return;
    const folder = WorkingFolder.open(out);
    const left = folder.plan();
    if (left !== undefined && differenceOf(left, plan) === undefined)
      rmSync(folder.path, { recursive: true });
    folder.leave();
  }

  private lock(): void {
    const path = join(this.path, LOCK_FILE);
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const owner = Number(readFileSync(path, 'utf8'));
      if (owner !== process.pid && isAlive(owner)) {
        throw new UserError(
          `${this.path}: process ${owner} works on this fine-tuning; wait for it, or name another --out`,
          'FAILED_PRECONDITION',
          this.path,
        );
      }
      writeFileSync(path, String(process.pid));
    }
  }

  /** The plan that work began with; undefined at the beginning. */
  plan(): Plan | undefined {
    const plan = this.json(PLAN_FILE);
    if (plan === undefined || isPlan(plan)) return plan;
    throw this.damaged(join(this.path, PLAN_FILE), 'is no plan of a fine-tuning');
  }

  /** Begins by `plan`, or continues if it began by the same. Throws UserError. */
  async begin(plan: Plan): Promise<void> {
    const before = this.plan();
    if (before === undefined) return writeWhole(join(this.path, PLAN_FILE), json(plan));
    const difference = differenceOf(before, plan);
    if (difference === undefined) return;
    throw new UserError(
      `${this.path}: holds an unfinished fine-tuning that differs (${difference}); give the same flags to resume it, ` +
        'remove the folder to begin anew, or name another --out',
      'FAILED_PRECONDITION',
      this.path,
    );
  }

  /** The last checkpoint, to be resumed from. */
  last(): Checkpoint | undefined {
    const step = this.steps().at(-1);
    if (step === undefined) return undefined;
    const name = `step-${step}`;
    this.resumed = step;
    return { folder: join(this.path, name), state: this.json(join(name, STATE_FILE)) as State };
  }

  /** Writes a checkpoint by `save`, and removes those that are no longer needed. */
  async checkpoint(state: State, save: (folder: string) => Promise<void>): Promise<void> {
    const name = `step-${state.step}`;
    await this.whole(name, join(this.path, name), async (folder) => {
      await save(folder);
      writeFileSync(join(folder, STATE_FILE), json(state));
    });
    for (const step of this.steps())
      if (step !== state.step && step !== this.resumed)
        rmSync(join(this.path, `step-${step}`), { recursive: true });
  }

  /** Writes the finished model by `save` to where it belongs, and ends the work. */
  async finish(save: (folder: string) => Promise<void>): Promise<void> {
    await this.whole('model', this.out, save);
    rmSync(this.path, { recursive: true });
  }

  /** Leaves the folder for the next process; nothing of it stays where nothing was begun. */
  leave(): void {
    rmSync(join(this.path, LOCK_FILE), { force: true });
    if (existsSync(this.path) && readdirSync(this.path).length === 0) rmSync(this.path, { recursive: true });
  }

  private steps(): number[] {
    const found = readdirSync(this.path).flatMap((name) => CHECKPOINT.exec(name)?.[1] ?? []);
    return found.map(Number).sort((a, b) => a - b);
  }

  /** Makes a folder by `save` under another name, syncs what is in it, and renames it. */
  private async whole(name: string, target: string, save: (folder: string) => Promise<void>): Promise<void> {
    const partial = join(this.path, `${name}${PARTIAL}`);
    try {
      makeFolders(partial);
      await save(partial);
      for (const file of readdirSync(partial)) await sync(join(partial, file));
      await sync(partial);
      renameSync(partial, target);
      await sync(dirname(target));
    } catch (error) {
      throw asUserError(error, target);
    }
  }

  private json(name: string): unknown {
    const path = join(this.path, name);
    try {
      return JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw this.damaged(path, `cannot be read: ${messageOf(error)}`);
    }
  }

  private damaged(path: string, what: string): UserError {
    return new UserError(`${path}: ${what}; remove ${this.path} to begin anew`, 'DATA_LOSS', path);
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
