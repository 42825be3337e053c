/**
 * Whether the files of a release are those that the holder of a key has signed: none changed, none missing. Reads
 * `*.intoto.json`, the signed statement, in the release's folder.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { sha256Of, STATEMENT_TYPE, type Statement } from './provenance.js';
import { type Envelope, verified } from './signature.js';

export const SIGNED_STATEMENT = '.intoto.json';

/** The statement. Throws UserError that says what does not agree. */
export function verifyRelease(folder: string, publicKeyPem: string): Statement {
  const found = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith(SIGNED_STATEMENT))
    : [];
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new UserError(
      `${folder}: expected one file *${SIGNED_STATEMENT}, found ${found.length}; sign with npm run pack -- --key`,
      'NOT_FOUND',
    );
  }
  const statement = statementIn(join(folder, name), publicKeyPem);
  for (const { name: file, digest } of statement.subject) {
    const path = join(folder, basename(file));
    if (!existsSync(path)) throw new UserError(`${path}: is missing`, 'NOT_FOUND', path);
    const sha256 = sha256Of(path);
    if (sha256 !== digest.sha256)
      throw new UserError(`${path}: has SHA-256 ${sha256}, signed was ${digest.sha256}`, 'DATA_LOSS', path);
  }
  return statement;
}

function statementIn(path: string, publicKeyPem: string): Statement {
  try {
    const envelope = JSON.parse(readFileSync(path, 'utf8')) as Envelope;
    return JSON.parse(verified(envelope, STATEMENT_TYPE, publicKeyPem).toString('utf8')) as Statement;
  } catch (error) {
    throw new UserError(`${path}: ${messageOf(error)}`, 'DATA_LOSS', path);
  }
}
