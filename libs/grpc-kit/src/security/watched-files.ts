/**
 * Files that are reloaded while the process runs: certificates, keys and tokens, which others renew.
 *
 * They are polled and compared by content. That detects every way of renewing them: a rename, a copy in place, or a
 * swapped symbolic link (as Kubernetes mounts Secrets, which file watchers miss). New content is used once `parse`
 * accepts all of it; until then the old stays in use. A poll may see half of a renewal (the new certificate with the
 * old key), so a refusal is logged only when it happens twice in a row.
 */
import { messageOf, UserError } from '@soar/core';
import type { Log } from '@soar/telemetry';
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';

/** Polling interval. Old and new certificates overlap by days, tokens by a file with both. */
const POLL_MS_DEFAULT = 2_000;
/** For comparison: bundles of public authorities have about 250 KiB. */
const FILE_BYTES_MAX = 1024 * 1024;

/** A file and the flag that named it, for messages. */
export interface NamedFile {
  readonly flag: string;
  readonly path: string;
}

/** How files are watched. */
export interface Watching {
  /** Gets one line when new content is loaded, and one when it is refused. */
  readonly log: Log;
  /** Polling interval, in ms. Default 2000. */
  readonly pollMs?: number;
}

export interface WatchedFilesOptions<T> extends Watching {
  readonly files: readonly NamedFile[];
  /** Makes one value from the contents of the files, in their order. Throws UserError for unusable content. */
  readonly parse: (contents: readonly Buffer[]) => T;
}

/** A value read from files that may change. */
export class WatchedFiles<T> {
  /** The value of the last contents that `parse` accepted. */
  current: T;
  private readonly listeners = new Set<(value: T) => void>();
  private readonly timer: NodeJS.Timeout;
  private adopted: string;
  private suspect = '';
  private refused = '';
  private checking: Promise<void> | undefined;

  /** Reads the files. Throws UserError naming the flag and the file that cannot be read or used. */
  constructor(private readonly options: WatchedFilesOptions<T>) {
    const contents = options.files.map((file) => {
      try {
        requireSmall(file, statSync(file.path).size);
        return readFileSync(file.path);
      } catch (error) {
        throw unreadable(file, error);
      }
    });
    this.current = options.parse(contents);
    this.adopted = fingerprint(contents);
    this.timer = setInterval(() => void this.check(), options.pollMs ?? POLL_MS_DEFAULT);
    this.timer.unref(); // polling does not keep the process alive
  }

  /** Calls `listener` with every value after the current one. Returns the function that unsubscribes it. */
  onChange(listener: (value: T) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Polls the files once, as the timer does. Never rejects. */
  check(): Promise<void> {
    return (this.checking ??= this.read().finally(() => (this.checking = undefined)));
  }

  /** Stops polling. */
  close(): void {
    clearInterval(this.timer);
    this.listeners.clear();
  }

  private async read(): Promise<void> {
    let seen = '';
    try {
      const contents = await Promise.all(this.options.files.map(readAgain));
      seen = fingerprint(contents);
      if (seen === this.adopted) {
        this.suspect = this.refused = '';
        return;
      }
      this.current = this.options.parse(contents);
    } catch (error) {
      this.refuse(`${seen} ${messageOf(error)}`, messageOf(error));
      return;
    }
    this.adopted = seen;
    this.suspect = this.refused = '';
    this.options.log(`reloaded: ${this.options.files.map(({ path }) => path).join(', ')}`);
    for (const listener of this.listeners) listener(this.current);
  }

  /** Logs a refusal once, the second time in a row that it happens. */
  private refuse(what: string, message: string): void {
    if (what === this.suspect && what !== this.refused) {
      this.refused = what;
      this.options.log(`${message}. The previous content stays in use`, 'warn');
    }
    this.suspect = what;
  }
}

async function readAgain(file: NamedFile): Promise<Buffer> {
  try {
    requireSmall(file, (await stat(file.path)).size);
    return await readFile(file.path);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function requireSmall({ flag, path }: NamedFile, bytes: number): void {
  if (bytes > FILE_BYTES_MAX) {
    throw new UserError(`--${flag} ${path}: ${bytes} bytes, at most ${FILE_BYTES_MAX}`, 'INVALID_ARGUMENT');
  }
}

function unreadable({ flag, path }: NamedFile, error: unknown): UserError {
  if (error instanceof UserError) return error;
  // Node's message repeats the path: "ENOENT: no such file or directory, open 'x'".
  const why = messageOf(error).replace(/, (open|stat|read).*$/, '');
  return new UserError(`--${flag} ${path}: cannot be read: ${why}`, 'FAILED_PRECONDITION', flag, {
    cause: error,
  });
}

function fingerprint(contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const bytes of contents) hash.update(`${bytes.length}:`).update(bytes);
  return hash.digest('hex');
}
