/** GET /v1/models: what is in the artifact store, imported models first; GET /v1/models/NAME: one of them. */
import { UserError } from '@soar/core';
import { checkpointOf, nameOf } from './model-names.js';
import type { TrainerCalls } from './trainer-calls.js';

/** Checkpoints in the list, whose form has no pages. */
const LISTED_MAX = 1_000;
const IMPORTED = 'models';

export async function listModels(trainer: TrainerCalls): Promise<object> {
  const names = new Set<string>();
  for (const keyPrefix of [IMPORTED, '']) {
    for await (const key of keysBelow(keyPrefix, trainer)) {
      names.add(nameOf({ key, sha256: '' }));
      if (names.size >= LISTED_MAX) break;
    }
  }
  return { object: 'list', data: [...names].slice(0, LISTED_MAX).map(modelOf) };
}

async function* keysBelow(keyPrefix: string, { client, options }: TrainerCalls): AsyncGenerator<string> {
  let pageToken = '';
  do {
    const page = await client.listCheckpoints({ keyPrefix, pageToken, pageSize: LISTED_MAX }, options);
    for (const { key } of page.checkpoints) yield key;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

/** Its files are checked against their hashes. */
export async function showModel(encoded: string, { client, options }: TrainerCalls): Promise<object> {
  const name = decoded(encoded);
  await client.getCheckpoint({ checkpoint: checkpointOf(name) }, options);
  return modelOf(name);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new UserError('the path is not well-formed', 'INVALID_ARGUMENT');
  }
}

/** The store keeps no time, so `created` is 0. */
function modelOf(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'soar' };
}
