/** Which adapter a training trains, if any: what the request says, or the size of its base. */
import type { AdapterConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import { newAdapter, type Adapter } from '@soar/model';
import { parameterCount, SMALL_PARAMETERS_MAX, type AdapterStart } from '@soar/runtime';
import { adapterPath, type Address } from './addresses.js';
import type { Model } from './checkpoints.js';

const RANK_DEFAULT = 16;

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
    if (asked !== undefined) requireSame(present, rankOf(asked) === 0 ? undefined : adapterOf(), base, field);
    return undefined;
  }
  const isLarge = parameterCount(config) > SMALL_PARAMETERS_MAX;
  const adapter = (asked === undefined ? isLarge : rankOf(asked) > 0) ? adapterOf() : undefined;
  return adapter && { adapter, seed: address.seed, path: adapterPath(address) };

  function adapterOf(): Adapter {
    const rank = rankOf(asked);
    const alpha = asked?.alpha || 2 * rank;
    const request = { rank, alpha, rslora: asked?.rslora ?? false, targets: asked?.targets ?? [] };
    return newAdapter(config, request, field);
  }
}

function rankOf(asked: AdapterConfig | undefined): number {
  return asked?.rank ?? RANK_DEFAULT;
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
