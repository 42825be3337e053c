/** The operating system's errors: which one it is, and what a user can mend about it. Codes: errno(3). */
import { messageOf, UserError } from '@soar/core';

/** The operating system's name of an error, for example ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error says that a path does not exist, or that something above it is no folder. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

/** What a user can mend about an error of the file system at `where`; any other error as it is. */
export function asUserError(error: unknown, where: string): unknown {
  const code = codeOf(error);
  if (error instanceof UserError || code === undefined) return error;
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UserError(
      `${where}: the disk is full; make room and try again`,
      'RESOURCE_EXHAUSTED',
      where,
      options,
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const message = `${where}: no permission (${code}); make it readable and writable for this user`;
    return new UserError(message, 'FAILED_PRECONDITION', where, options);
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    const message = `${where}: a file stands where a folder should be; move it away or name another folder`;
    return new UserError(message, 'FAILED_PRECONDITION', where, options);
  }
  if (/^E[A-Z0-9]+$/.test(code)) {
    return new UserError(`${where}: ${messageOf(error)}`, 'FAILED_PRECONDITION', where, options);
  }
  return error;
}
