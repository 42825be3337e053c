/** Which adapter a training trains, if any: what the request says, or the size of its base. */
import type { AdapterConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Adapter } from '@soar/model';
import { adapterFor, type AdapterStart } from '@soar/runtime';
import { adapterPath, type Address } from './addresses.js';
import type { Model } from './checkpoints.js';

/**
 * The adapter that begins with a training of `base`; undefined where all weights are trained, or the adapter that
 * `base` has. `field` names the setting in errors. Throws UserError INVALID_ARGUMENT.
 */
export function adapterStart(
  asked: AdapterConfig | undefined,
  base: Pick<Model, 'ref' | 'config'>,
  address: Address,
  field: string,
): AdapterStart | undefined {
  const { adapter: present, ...config } = base.config;
  if (present !== undefined) {
    if (asked !== undefined) requireSame(present, adapterFor(config, asked, field), base, field);
    return undefined;
  }
  const adapter = adapterFor(config, asked, field);
  return adapter && { adapter, seed: address.seed, path: adapterPath(address) };
}

function requireSame(
  present: Adapter,
  asked: Adapter | undefined,
  base: Pick<Model, 'ref'>,
  field: string,
): void {
  if (JSON.stringify(present) === JSON.stringify(asked)) return;
  const shown = ({ rank, alpha, rslora, layers }: Adapter): string =>
    `rank ${rank}, alpha ${alpha}${rslora ? ', rslora' : ''} on ${layers.length} layers`;
  throw new UserError(
    `${field}: expected the adapter of base ${base.ref.key} (${shown(present)}), which the training continues, got ` +
      `${asked === undefined ? 'none' : shown(asked)}; leave ${field} out, or merge the adapter into its base ` +
      '("soar models export --merge") and train that',
    'INVALID_ARGUMENT',
    field,
  );
}
