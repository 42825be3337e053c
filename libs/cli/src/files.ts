/**
 * Reads and writes whole text files for commands. A file that cannot be read or written is a UserError; a file is
 * written whole or not at all. Model folders and run artifacts belong to @soar/store.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { decodeText, makeFolders, writeWhole } from '@soar/files';

/** The file's text, in UTF-8. Throws UserError. */
export function readText(file: string, what: string): string {
  try {
    return decodeText(readFileSync(file), file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${what} ${file} cannot be read: ${messageOf(error)}`, 'NOT_FOUND', file);
  }
}

/**
 * Writes `text` to `file` in one step: a reader never sees half of it, and a failure leaves the old content. Throws
 * UserError.
 */
export async function writeText(file: string, text: string): Promise<void> {
  try {
    await writeWhole(file, text);
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${messageOf(error)}`, 'FAILED_PRECONDITION', file);
  }
}

/**
 * Checks that `file` can be written, before the work that produces its content. Creates its parent folder and leaves
 * nothing else. Throws UserError.
 */
export function requireWritable(file: string): void {
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UserError(`${file}: is a folder; name a file`, 'INVALID_ARGUMENT', file);
  const trial = `${file}.${process.pid}.partial`;
  try {
    makeFolders(dirname(file));
    closeSync(openSync(trial, 'w'));
    rmSync(trial);
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${messageOf(error)}`, 'FAILED_PRECONDITION', file);
  }
}
