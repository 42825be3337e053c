/**
 * Rotary positions in config.json. transformers 5 writes rope_parameters with everything in it, in some models one for
 * each type of layer; transformers 4 wrote rope_theta and rope_scaling. Where both are there, rope_scaling wins, as it
 * does there.
 */
import { UserError } from '@soar/core';
import type { DecoderConfig, RotaryConfig, RotaryScaling } from '../decoder-config.js';
import { isObject, isPositive, JsonFields } from '../hf/json-fields.js';
import type { Family } from './family.js';

const THETA_DEFAULT = 10_000;
const POSITIONS_MAX = 2 ** 24;

/** What is known of a model when its rotary positions are read. */
interface Known {
  readonly family: Family;
  readonly headDim: number;
  readonly maxPositions: number;
  /** Whether some layers have a window. */
  readonly windows: boolean;
}

export function readRotary(fields: JsonFields, known: Known): Pick<DecoderConfig, 'rotary' | 'windowRotary'> {
  const parameters = fields.get('rope_parameters');
  const nested =
    isObject(parameters) &&
    (isObject(parameters['full_attention']) || isObject(parameters['sliding_attention']));
  const local = fields.optionalPositive('rope_local_base_freq');
  if (!nested) {
    const field = isObject(fields.get('rope_scaling')) ? 'rope_scaling' : 'rope_parameters';
    const rotary = rotaryOf(fields, fields.object(field), field, known);
    return { rotary, ...(known.windows && local !== undefined && { windowRotary: { theta: local } }) };
  }
  const outer = fields.object('rope_parameters')!;
  const of = (type: string): RotaryConfig | undefined => {
    const own = outer.object(type);
    return own && rotaryOf(fields, own, 'rope_parameters', known);
  };
  const plain = { theta: fields.positive('rope_theta', THETA_DEFAULT) };
  const rotary = of('full_attention') ?? plain;
  const windowRotary = of('sliding_attention') ?? { theta: local ?? plain.theta };
  return { rotary, ...(known.windows && { windowRotary }) };
}

/** `own` are the fields at `field`, if it is there; the rest of the configuration stands around it. */
function rotaryOf(
  around: JsonFields,
  own: JsonFields | undefined,
  field: string,
  known: Known,
): RotaryConfig {
  const { family, headDim } = known;
  const theta = thetaOf(around, own, field);
  const factor =
    own?.optionalPositive('partial_rotary_factor') ?? around.positive('partial_rotary_factor', 1);
  const channels = Math.floor(headDim * factor);
  if (factor !== 1 && (!family.partialRotary || channels % 2 !== 0 || channels > headDim || channels < 2)) {
    const where = own?.get('partial_rotary_factor') === undefined ? around : own;
    where.fail('partial_rotary_factor', family.partialRotary ? 'an even number of channels' : '1');
  }
  const scaling = own && scalingOf(around, own, { ...known, channels });
  return { theta, ...(channels !== headDim && { channels }), ...(scaling && { scaling }) };
}

function thetaOf(around: JsonFields, own: JsonFields | undefined, field: string): number {
  const [above, below] = [around.written('rope_theta'), own?.get('rope_theta')];
  if (above !== undefined && below !== undefined && above !== below) {
    throw new UserError(
      `${around.source}: rope_theta: ${String(above)} at the top and ${String(below)} in ${field}; make them equal`,
      'INVALID_ARGUMENT',
      'rope_theta',
    );
  }
  return own?.optionalPositive('rope_theta') ?? around.positive('rope_theta', THETA_DEFAULT);
}

type ScalingReader = (own: JsonFields, known: ScalingKnown) => RotaryScaling | undefined;
interface ScalingKnown {
  readonly channels: number;
  readonly maxPositions: number;
  /** Longest text of pre-training, in tokens. */
  readonly positions: number;
}

const SCALINGS: Readonly<Record<string, ScalingReader>> = {
  default: () => undefined,
  linear: (own) => ({ kind: 'linear', factor: own.positive('factor') }),
  dynamic: (own, { maxPositions, channels }) => {
    if (channels <= 2) own.fail('rope_type', `another one for heads of ${channels} channels`);
    return { kind: 'dynamic', factor: own.positive('factor'), positions: maxPositions };
  },
  llama3: (own, { positions }) => {
    const lowFrequencyFactor = own.positive('low_freq_factor');
    const highFrequencyFactor = own.positive('high_freq_factor');
    if (lowFrequencyFactor >= highFrequencyFactor) {
      own.fail('low_freq_factor', `a number below high_freq_factor ${highFrequencyFactor}`);
    }
    return {
      kind: 'llama3',
      factor: own.positive('factor'),
      lowFrequencyFactor,
      highFrequencyFactor,
      positions,
    };
  },
  yarn: (own, { positions, maxPositions }) => {
    const factor = own.optionalPositive('factor') ?? maxPositions / positions;
    const [scale, scaleAll] = [own.optionalPositive('mscale'), own.optionalPositive('mscale_all_dim')];
    const magnitudeOf = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
    return {
      kind: 'yarn',
      factor,
      betaFast: own.positive('beta_fast', 32),
      betaSlow: own.positive('beta_slow', 1),
      truncate: own.boolean('truncate', true),
      magnitude:
        own.optionalPositive('attention_factor') ??
        (scale && scaleAll ? magnitudeOf(scale) / magnitudeOf(scaleAll) : magnitudeOf(1)),
      positions,
    };
  },
  longrope: (own, { channels, positions, maxPositions }) => {
    const divisors = (name: string): readonly number[] =>
      own.list(name, channels / 2, isPositive, 'numbers above 0') ??
      own.fail(name, `${channels / 2} numbers above 0`);
    const factor = own.optionalPositive('factor') ?? maxPositions / positions;
    return {
      kind: 'longrope',
      short: divisors('short_factor'),
      long: divisors('long_factor'),
      magnitude:
        own.optionalPositive('attention_factor') ??
        (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(positions))),
      positions,
    };
  },
};

function scalingOf(
  around: JsonFields,
  own: JsonFields,
  known: Known & { readonly channels: number },
): RotaryScaling | undefined {
  const field = own.get('rope_type') === undefined && own.get('type') !== undefined ? 'type' : 'rope_type';
  const written = own.get(field) ?? 'default';
  const name = known.family.rotaryAliases?.[String(written)] ?? String(written);
  const read = Object.hasOwn(SCALINGS, name) ? SCALINGS[name]! : undefined;
  if (read === undefined) return own.fail(field, `one of ${Object.keys(SCALINGS).join(', ')}`);
  // The number beside rope_scaling wins, as in transformers.
  const holder = around.get('original_max_position_embeddings') === undefined ? own : around;
  const { maxPositions } = known;
  const positions = holder.integer('original_max_position_embeddings', 2, POSITIONS_MAX, maxPositions);
  return read(own, { channels: known.channels, maxPositions, positions });
}
