/** Which artefact store a location names: the one place where a store is chosen. */
import { UserError } from '@soar/core';
import type { ArtifactStore } from './artifacts.js';
import { openFolderStore } from './folder-store.js';

/** A location that names a protocol; a drive letter (`C:\\runs`) is none. */
const PROTOCOL = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//;

/** Opens the artefact store at `location`: a folder, which is made when it is not there. Throws UserError. */
export async function openArtifactStore(location: string): Promise<ArtifactStore> {
  const protocol = PROTOCOL.exec(location)?.[1];
  if (protocol === undefined) return openFolderStore(location);
  // What follows the protocol may hold a password and is not repeated.
  const message = `artefact store ${protocol}://...: unknown kind of store; name a folder`;
  throw new UserError(message, 'INVALID_ARGUMENT', 'artifacts');
}
