/**
 * Files that a process was writing when it was killed: FILE.PID-UUID.partial beside FILE. Whoever opens the folder next
 * removes them. Not here: unfinished artifacts, which the store sweeps itself.
 */
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, isMissing } from './system-errors.js';

const NAME = /\.(?:(\d+)-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.partial$/;
/** A writer of this age has stopped: a file is written and renamed in one go. */
const WRITTEN_MS_MAX = 10_000;
/** The same where it is not known whether its process is gone: names of earlier versions have none. */
const UNKNOWN_MS_MAX = 600_000;

/** The name under which `file` is written, until it is whole. */
export function partialOf(file: string): string {
  return `${file}.${process.pid}-${randomUUID()}.partial`;
}

/** Removes what killed processes left in a folder, not in those below it. A folder that is missing holds nothing. */
export async function sweepPartials(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  let swept = 0;
  for (const name of names) {
    const found = NAME.exec(name);
    if (found === null) continue;
    const path = join(folder, name);
    const written = await stat(path).catch(() => undefined);
    if (written === undefined || !written.isFile()) continue;
    const pid = found[1] === undefined ? undefined : Number(found[1]);
    const limitMs = pid !== undefined && isGone(pid) ? WRITTEN_MS_MAX : UNKNOWN_MS_MAX;
    if (Date.now() - written.mtimeMs < limitMs) continue;
    await rm(path, { force: true });
    swept++;
  }
  return swept;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}
