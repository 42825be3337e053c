/** Brings a user's model folder into the artefact store of a deployment, as a checkpoint that services can name. */
import type { CheckpointRef } from '@soar/contracts';
import { UserError } from '@soar/core';

export function importModel(store: string, folder: string): Promise<CheckpointRef> {
  throw new UserError(`${folder}: cannot be imported into ${store}`, 'FAILED_PRECONDITION');
}
