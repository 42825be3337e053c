/**
 * Files that are read again while the process runs: certificates, keys and tokens, which others renew.
 *
 * They are polled and compared by content. That sees every way of renewing them: a rename, a swapped symbolic link (as
 * Kubernetes mounts Secrets, whose files no watcher of a path reports), a copy in place. New content counts once
 * `parse` accepts it whole; until then the old stays in use. Half of a renewal (the new certificate beside the old key)
 * is met now and then, so what is refused is tried once more before one line is logged about it.
 */
import { messageOf, UserError } from '@soar/core';
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';

/** How often the files are read. Renewed certificates overlap their predecessors by days, tokens by a file of two. */
const POLL_MS_DEFAULT = 2_000;
/** Bundles of public authorities have about 250 KiB. */
const FILE_BYTES_MAX = 1024 * 1024;

/** A file and the flag that named it, for messages. */
export interface NamedFile {
  readonly flag: string;
  readonly path: string;
}

/** How files are watched. */
export interface Watching {
  /** Takes one line when new content is taken into use, and one when it is refused. */
  readonly log: (line: string) => void;
  /** How often they are read, in ms. Default 2000. */
  readonly pollMs?: number;
}

export interface WatchedFilesOptions<T> extends Watching {
  readonly files: readonly NamedFile[];
  /** Makes one value of the files' contents, in their order. Throws UserError for what is not one. */
  readonly parse: (contents: readonly Buffer[]) => T;
}

/** The value of files that may change. */
export class WatchedFiles<T> {
  /** What the files said when they were last whole. */
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
    this.timer.unref(); // a process may end while it waits for renewals
  }

  /** Tells `listener` of every value after the present one. Returns the function that stops it. */
  onChange(listener: (value: T) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads the files once more, as the timer does. Never rejects. */
  check(): Promise<void> {
    return (this.checking ??= this.read().finally(() => (this.checking = undefined)));
  }

  /** Ends the polling. */
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
    this.options.log(`read again: ${this.options.files.map(({ path }) => path).join(', ')}`);
    for (const listener of this.listeners) listener(this.current);
  }

  /** Logs a refusal when it is met the second time in a row, and only then. */
  private refuse(what: string, message: string): void {
    if (what === this.suspect && what !== this.refused) {
      this.refused = what;
      this.options.log(`${message}. The one read before stays in use`);
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
