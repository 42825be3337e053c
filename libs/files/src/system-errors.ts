/** Errors of the operating system, as messages that say what to do. Codes: errno(3). */
import { messageOf, UserError } from '@soar/core';

/** The operating system's name of an error, for example ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error means that a path does not exist, or that a parent of it is not a folder. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

/** A file system error at `where` as a UserError; any other error unchanged. */
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
    const message = `${where}: a file exists where a folder is expected; move it away or name another folder`;
    return new UserError(message, 'FAILED_PRECONDITION', where, options);
  }
  if (/^E[A-Z0-9]+$/.test(code)) {
    return new UserError(`${where}: ${messageOf(error)}`, 'FAILED_PRECONDITION', where, options);
  }
  return error;
}
