/**
 * Names of models: that of an imported model ("smol" stands for the key models/smol), or the key of any checkpoint or
 * adapter in the artifact store ("run-1/promoted-student"), each with "@<sha256>" behind it where exactly that content
 * is meant. The same rule as `soar models export`.
 */
import type { CheckpointRef } from '@soar/contracts';
import { RefusedParameter } from './errors.js';

type Ref = Pick<CheckpointRef, 'key' | 'sha256'>;

const IMPORTED = 'models/';
const NAME = /^([A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)(?:@([0-9a-f]{64}))?$/;
const NAME_CHARS_MAX = 577;

/** The checkpoint of a name. Throws what 404 is answered for where no model can have it. */
export function checkpointOf(model: string): Ref {
  const [, name, sha256 = ''] = (model.length <= NAME_CHARS_MAX ? NAME.exec(model) : null) ?? [];
  if (name !== undefined) return { key: name.includes('/') ? name : IMPORTED + name, sha256 };
  throw new RefusedParameter(
    'model',
    `${JSON.stringify(model.slice(0, 120))}: no model can have this name; expected a name, or the key of a ` +
      'checkpoint, with @ and 64 hexadecimal digits behind it or not. GET /v1/models lists the models',
    'model_not_found',
    404,
  );
}

/** The shortest name of a checkpoint. */
export function nameOf({ key }: Ref): string {
  const short = key.startsWith(IMPORTED) ? key.slice(IMPORTED.length) : key;
  return short.includes('/') ? key : short;
}
