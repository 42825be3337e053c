/**
 * Large models, whose weights are in a process once: in files that the sessions of all its workers map into memory.
 * They are in a private folder of the process, which removes it at its end; what a process that was killed has left,
 * the next one removes. Workers write and read them (worker/frozen-weights.ts). Here is decided who writes it, and
 * when it goes.
 *
 * They have matrices twice: as they are, for gradients, and packed as kernels read them, for everything else. Memory
 * is counted once: a unit of work reads one of the two, and the system may drop pages of the other.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBytes, UserError } from '@soar/core';
import { asUserError, codeOf } from '@soar/files';
import { parameterCount, weightBytes } from './memory.js';
import { readBaseConfig } from './model-folder.js';
import type { Handle, ModelSource } from './protocol.js';
import type { RuntimeSettings } from './settings.js';

/** Models that are kept; those used least recently go. */
const MODELS_MAX = 4;
/** Folders of a process begin with this and its id. */
const PREFIX = 'soar-weights-';

interface FrozenModel {
  readonly folder: string;
  readonly bytes: number;
  /** Resolves when the weights are written. */
  readonly written: Promise<void>;
  /** Jobs that have loaded it and have not ended. */
  jobs: number;
}

export class FrozenModels {
  private root: string | undefined;
  private serial = 0;
  /** Least recently used first. */
  private readonly models = new Map<Handle, FrozenModel>();
  private readonly onExit = (): void => this.close();

  /** `forget`: makes every worker let go of a model. */
  constructor(
    private readonly settings: Pick<RuntimeSettings, 'memoryBytes' | 'smallParametersMax'>,
    private readonly forget: (handle: Handle) => Promise<void>,
  ) {}

  /** Memory that all the weights here take, once for all workers. */
  get bytes(): number {
    return [...this.models.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * The folder with the weights of a large model, which stays until the job that asks releases it; undefined for a
   * small one. `write` is called where it is not there yet. Throws UserError where memory or disk are too small.
   */
  async acquire(
    { handle, folder: source }: ModelSource,
    write: (folder: string) => Promise<void>,
  ): Promise<string | undefined> {
    const model = this.models.get(handle) ?? (await this.begin(handle, source, write));
    if (model === undefined) return undefined;
    this.models.delete(handle);
    this.models.set(handle, model);
    model.jobs++;
    try {
      await model.written;
    } catch (error) {
      if (this.models.get(handle) === model) this.remove(handle, model);
      throw error;
    }
    return model.folder;
  }

  /** Called when a job is over, with what it has acquired. */
  release(handles: readonly Handle[]): void {
    for (const handle of handles) {
      const model = this.models.get(handle);
      if (model !== undefined) model.jobs--;
    }
  }

  /** Removes all files. */
  close(): void {
    process.off('exit', this.onExit);
    this.models.clear();
    if (this.root !== undefined) rmSync(this.root, { recursive: true, force: true });
    this.root = undefined;
  }

  private async begin(
    handle: Handle,
    source: string,
    write: (folder: string) => Promise<void>,
  ): Promise<FrozenModel | undefined> {
    const config = readBaseConfig(source);
    if (parameterCount(config) <= this.settings.smallParametersMax) return undefined;
    const bytes = weightBytes(config);
    await this.makeRoom(bytes, source);
    const known = this.models.get(handle); // another job may have begun meanwhile
    if (known !== undefined) return known;
    const root = this.rootFolder();
    if (freeBytes(root) < 2 * bytes) throw noSpace(root, 2 * bytes);
    const folder = join(root, String(this.serial++));
    mkdirSync(folder);
    const written = write(folder).catch((error: unknown) => {
      throw codeOf(error) === 'ENOSPC' ? noSpace(folder, 2 * bytes) : asUserError(error, folder);
    });
    const model = { folder, bytes, written, jobs: 0 };
    this.models.set(handle, model);
    return model;
  }

  /** Lets models go that no job uses until `bytes` more fit. */
  private async makeRoom(bytes: number, source: string): Promise<void> {
    const { memoryBytes } = this.settings;
    const fits = (): boolean => this.models.size < MODELS_MAX && this.bytes + bytes <= memoryBytes;
    for (const [handle, model] of this.models) {
      if (fits()) return;
      if (model.jobs > 0 || this.models.get(handle) !== model) continue;
      this.models.delete(handle);
      await this.forget(handle);
      rmSync(model.folder, { recursive: true, force: true });
    }
    if (this.bytes + bytes <= memoryBytes) return;
    throw new UserError(
      `${source}: the weights need ${formatBytes(bytes)} of the ${formatBytes(memoryBytes)} for models, ` +
        `of which others in use take ${formatBytes(this.bytes)}; raise --memory`,
      'RESOURCE_EXHAUSTED',
      source,
    );
  }

  private remove(handle: Handle, { folder }: FrozenModel): void {
    this.models.delete(handle);
    rmSync(folder, { recursive: true, force: true });
  }

  private rootFolder(): string {
    if (this.root !== undefined) return this.root;
    sweepDead();
    process.once('exit', this.onExit);
    return (this.root = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))); // mode 0700
  }
}

/** Removes the folders of processes that are gone. One that another user left stays. */
function sweepDead(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // another user's
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function noSpace(folder: string, bytes: number): UserError {
  return new UserError(
    `${folder}: the disk is full; a large model needs ${formatBytes(bytes)} there while it is used. Make room, or ` +
      'let TMPDIR name another folder',
    'RESOURCE_EXHAUSTED',
    folder,
  );
}
