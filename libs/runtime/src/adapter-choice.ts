/** Which adapter a training trains, if any: what is asked for, or by the size of the model. */
import { newAdapter, type Adapter, type DecoderConfig } from '@soar/model';
import { parameterCount } from './memory.js';
import { SMALL_PARAMETERS_MAX } from './settings.js';

const RANK_DEFAULT = 16;

/** As AdapterConfig in the contract; rank 0: none. */
export interface AskedAdapter {
  readonly rank?: number | undefined;
  readonly alpha?: number;
  readonly rslora?: boolean;
  readonly targets?: readonly string[];
}

/** The adapter of a training of a model without one. `field` names the setting in errors. Throws UserError. */
export function adapterFor(
  config: DecoderConfig,
  asked: AskedAdapter | undefined,
  field: string,
): Adapter | undefined {
  const { rank = RANK_DEFAULT, alpha = 0, rslora = false, targets = [] } = asked ?? {};
  if (rank === 0 || (asked === undefined && parameterCount(config) <= SMALL_PARAMETERS_MAX)) return undefined;
  return newAdapter(config, { rank, alpha: alpha || 2 * rank, rslora, targets }, field);
}

/** An adapter as AdapterConfig of the contract has it, every field set; rank 0 where there is none. */
export function describeAdapter(adapter: Adapter | undefined): {
  readonly rank: number;
  readonly alpha: number;
  readonly rslora: boolean;
  readonly targets: string[];
} {
  if (adapter === undefined) return { rank: 0, alpha: 0, rslora: false, targets: [] };
  const { rank, alpha, rslora, layers } = adapter;
  const targets = [...new Set(layers.map((layer) => layer.slice(layer.lastIndexOf('.') + 1)))];
  return { rank, alpha, rslora, targets };
}
