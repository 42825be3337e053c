/** What every artifact store refuses, in the same words. */
import { UserError } from '@soar/core';
import type { CheckpointRef } from './store.js';

/** Refuses what was found under a reference's key when it is not what is referred to. */
export function requireReferredTo(ref: CheckpointRef, foundSha256: string): void {
  if (ref.sha256 === '' || ref.sha256 === foundSha256) return;
  const message =
    `artifact ${ref.key}: its manifest has SHA-256 ${foundSha256}, expected ${ref.sha256}; ` +
    'it is another artifact than the one referred to, or it was changed: restore it or refer to this one';
  throw new UserError(message, 'DATA_LOSS', ref.key);
}

export function otherContent(ref: CheckpointRef, foundSha256: string): UserError {
  const message =
    `artifact ${ref.key}: exists with other content (manifest ${foundSha256}, new ${ref.sha256}); artifacts are ` +
    'written once: choose another key or run id';
  return new UserError(message, 'ALREADY_EXISTS', ref.key);
}

export function placeTaken(key: string): UserError {
  const message = `artifact ${key}: something else stands in its place; move it away or choose another key`;
  return new UserError(message, 'ALREADY_EXISTS', key);
}

export function insideArtifact(key: string, artifact: string): UserError {
  const message = `key ${key}: ${artifact} is an artifact and takes nothing more; choose a key outside it`;
  return new UserError(message, 'FAILED_PRECONDITION', 'key');
}

export function missingArtifact(key: string, what: string, store: string): UserError {
  return new UserError(`artifact ${key}: ${what} in the store ${store}`, 'NOT_FOUND', key);
}
