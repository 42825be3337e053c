/** Opens the artifact store of a location. The only parser of `--artifacts`. */
import { UserError } from '@soar/core';
import { protocolOf } from '../location.js';
import type { ArtifactStore } from './store.js';
import { s3Settings } from './s3/config.js';
import { FolderStore } from './folder/store.js';
import { parseS3Location } from './s3/location.js';

/** Whether a location is a folder. Throws UserError for an unknown protocol. */
export function isArtifactFolder(location: string): boolean {
  const protocol = protocolOf(location);
  if (protocol === undefined || protocol === 's3') return protocol === undefined;
  // What follows the protocol may hold a password, so it is not shown.
  const message = `artifact store ${protocol}://...: unknown kind of store; name a folder or s3://bucket/prefix`;
  throw new UserError(message, 'INVALID_ARGUMENT', 'artifacts');
}

/** Opens the artifact store at `location`; makes it if missing. Throws UserError. */
export async function openArtifactStore(location: string): Promise<ArtifactStore> {
  if (isArtifactFolder(location)) return FolderStore.open(location);
  const place = parseS3Location(location);
  // Imported on demand: the SDK is slow to load, and most stores are folders.
  const { S3Store } = await import('./s3/store.js');
  return S3Store.open(place, s3Settings());
}
