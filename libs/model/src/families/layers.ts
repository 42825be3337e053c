/**
 * Fields of config.json by which layers differ: windows and rotary positions. A window is how many of the last tokens a
 * layer sees. layer_types (transformers 4.53 and later) says which layers have it; older files have a rule of their
 * family.
 */
import type { DecoderConfig } from '../decoder-config.js';
import type { JsonFields } from '../hf/json-fields.js';
import type { Reader } from './family.js';

const WINDOW_MAX = 2 ** 24;
const LAYER_TYPES = ['full_attention', 'sliding_attention'] as const;

/** sliding_window is that of every layer. */
export const windowEverywhere: Reader = (fields, { layers }) => windows(fields, layers, () => true);

/** sliding_window holds with use_sliding_window only, in the layers from max_window_layers on. */
export const windowIfUsed: Reader = (fields, { layers }) => {
  if (!fields.boolean('use_sliding_window', false)) return {};
  const first = fields.integer('max_window_layers', 0, WINDOW_MAX);
  return windowsByType(fields, layers, (layer) => layer >= first);
};

/** Every `period`-th layer sees everything, the others have a window. */
export function windowsInPattern(period: number): Reader {
  return (fields, { layers }) => {
    if (fields.boolean('use_bidirectional_attention', false)) {
      fields.fail('use_bidirectional_attention', 'false: encoders are not supported');
    }
    const every = fields.integer('sliding_window_pattern', 1, WINDOW_MAX, period);
    return windowsByType(fields, layers, (layer) => (layer + 1) % every !== 0);
  };
}

/** With use_sliding_window, layers that are not rotated have the window. */
export const windowsWhereUnrotated: Reader = (fields, sizes) => {
  if (!fields.boolean('use_sliding_window', false)) return {};
  const { unrotatedLayers: unrotated = [] } = unrotatedLayers(fields, sizes);
  return windowsByType(fields, sizes.layers, (layer) => unrotated.includes(layer));
};

/**
 * no_rope_layers has a 0 for each layer without rotary positions; without it, every no_rope_layer_interval-th is one.
 */
export const unrotatedLayers: Reader = (fields, { layers }) => {
  const flags = fields.list(
    'no_rope_layers',
    layers,
    (flag): flag is number => flag === 0 || flag === 1,
    '0 or 1',
  );
  const every = fields.integer('no_rope_layer_interval', 1, WINDOW_MAX);
  const without = Array.from({ length: layers }, (_, i) => i).filter((i) =>
    flags === undefined ? (i + 1) % every === 0 : flags[i] === 0,
  );
  return without.length === 0 ? {} : { unrotatedLayers: without };
};

function windowsByType(
  fields: JsonFields,
  layers: number,
  has: (layer: number) => boolean,
): Partial<DecoderConfig> {
  const types = fields.list('layer_types', layers, isLayerType, LAYER_TYPES.join(' or '));
  return windows(fields, layers, (layer) =>
    types === undefined ? has(layer) : types[layer] === 'sliding_attention',
  );
}

function windows(
  fields: JsonFields,
  layers: number,
  has: (layer: number) => boolean,
): Partial<DecoderConfig> {
  if (fields.get('sliding_window') === undefined) return {};
  const window = fields.integer('sliding_window', 1, WINDOW_MAX);
  const byLayer = Array.from({ length: layers }, (_, layer) => (has(layer) ? window : 0));
  return byLayer.some((width) => width > 0) ? { windows: byLayer } : {};
}

function isLayerType(value: unknown): value is (typeof LAYER_TYPES)[number] {
  return LAYER_TYPES.some((type) => type === value);
}
