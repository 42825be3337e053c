/** Errors that every artifact store throws, with the same messages. */
import { UserError } from '@soar/core';
import type { CheckpointRef } from './store.js';

/** Throws unless the artifact under a reference's key has the reference's hash. */
export function requireReferredTo(ref: CheckpointRef, foundSha256: string): void {
  if (ref.sha256 === '' || ref.sha256 === foundSha256) return;
  const message =
    `artifact ${ref.key}: its manifest has SHA-256 ${foundSha256}, expected ${ref.sha256}; ` +
    'it is not the artifact referred to, or it was changed: restore it or refer to this one';
  throw new UserError(message, 'DATA_LOSS', ref.key);
}

export function otherContent(ref: CheckpointRef, foundSha256: string): UserError {
  const message =
    `artifact ${ref.key}: exists with other content (manifest ${foundSha256}, new ${ref.sha256}); artifacts are ` +
    'written once: choose another key or run id';
  return new UserError(message, 'ALREADY_EXISTS', ref.key);
}

export function placeTaken(key: string): UserError {
  const message = `artifact ${key}: the key is taken by something else; move it away or choose another key`;
  return new UserError(message, 'ALREADY_EXISTS', key);
}

export function insideArtifact(key: string, artifact: string): UserError {
  const message = `key ${key}: ${artifact} is an artifact, which cannot be added to; choose a key outside it`;
  return new UserError(message, 'FAILED_PRECONDITION', 'key');
}

export function missingArtifact(key: string, what: string, store: string): UserError {
  return new UserError(`artifact ${key}: ${what} in the store ${store}`, 'NOT_FOUND', key);
}
