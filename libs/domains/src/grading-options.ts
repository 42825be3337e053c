/** Options of a grading from outside: a request, a row of a file, a flag. */
import { UserError } from '@soar/core';
import { readOptions, type VerifyOptions } from '@soar/verify';

/** Options from untyped data. Throws UserError that names the option at fault, before anything is graded. */
export function gradingOptions(raw: Readonly<Record<string, unknown>>): VerifyOptions {
  const read = readOptions(raw);
  if (read.ok) return read.options;
  const where = `options.${read.option}`;
  throw new UserError(`${where}: ${read.reason}`, 'INVALID_ARGUMENT', where);
}
