/** A file system of a few MiB, to test full disks. Needs the right to mount. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface SmallDisk {
  /** Why it could not be mounted; undefined if it was. */
  readonly missing: string | undefined;
  unmount(): void;
}

/** Mounts a tmpfs of `mib` MiB at `folder`; makes the folder. */
export function smallDisk(folder: string, mib: number): SmallDisk {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    return { missing: 'this user may not mount a small file system', unmount: () => undefined };
  }
  return { missing: undefined, unmount: () => execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' }) };
}
