/**
 * Rotary positions (Su et al., arXiv 2104.09864) on halves: channel i of a head is turned together with channel i +
 * half by the angle position x frequency_i, where frequency_i = theta^(-i / half). Scalings change the frequencies, as
 * transformers does in modeling_rope_utils.py:
 *
 *   linear    f / factor                                                   Chen et al., arXiv 2306.15595
 *   dynamic   theta (factor n / positions - factor + 1)^(d / (d - 2)) in texts of n > positions tokens; d channels turn
 *   llama3    long waves as linear, short ones unchanged, between them by a ramp       Llama 3.1, arXiv 2407.21783
 *   yarn      channels that turn often unchanged, slow ones as linear, a ramp between  Peng et al., arXiv 2309.00071
 *   longrope  f / short_i, in texts of more than `positions` tokens f / long_i         Ding et al., arXiv 2402.13753
 *
 * Dynamic and longrope depend on the length of the whole text. A text that is read at once has one length; while one is
 * sampled its length grows, and each token is rotated by the length at that time.
 */
import {
  add,
  cast,
  concat,
  constant,
  cos,
  exp,
  less,
  log,
  max,
  mul,
  neg,
  scalar,
  sin,
  slice,
  split,
  sub,
  unsqueeze,
  where,
  type Tensor,
} from '@soar/onnx';
import { scaled } from './linear.js';
import { rotaryOf, type DecoderConfig, type RotaryConfig } from './decoder-config.js';

/** For x [..., heads, ..., D] as [..., 1, ..., 2 half]: cosines, cosines; and negative sines, sines. */
export interface Angles {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** The angles of a layer; undefined where nothing is rotated. */
export type LayerAngles = (layer: number) => Angles | undefined;

/**
 * Angles for positions [R, ...], with an axis for the heads behind the first. `lengths` gives the length of the text
 * that a position belongs to, in a shape that broadcasts with `positions`; it is asked only where frequencies depend on
 * it.
 */
export function layerAngles(config: DecoderConfig, positions: Tensor, lengths: () => Tensor): LayerAngles {
  const rotaries = Array.from({ length: config.layers }, (_, layer) => rotaryOf(config, layer));
  const distinct = new Map<RotaryConfig, Angles>();
  for (const rotary of rotaries) {
    if (rotary === undefined || distinct.has(rotary)) continue;
    distinct.set(rotary, anglesOf(config.headDim, rotary, positions, lengths));
  }
  return (layer) => (rotaries[layer] === undefined ? undefined : distinct.get(rotaries[layer]));
}

/** The same done to the angles of every layer, once for layers that have them in common. */
export function mapAngles(angles: LayerAngles, to: (x: Tensor) => Tensor): LayerAngles {
  const mapped = new Map<Angles, Angles>();
  return (layer) => {
    const own = angles(layer);
    if (own !== undefined && !mapped.has(own)) mapped.set(own, { cos: to(own.cos), sin: to(own.sin) });
    return own && mapped.get(own);
  };
}

function anglesOf(
  headDim: number,
  { theta, channels = headDim, scaling }: RotaryConfig,
  positions: Tensor,
  lengths: () => Tensor,
): Angles {
  const half = channels / 2;
  // In whole vectors of 4: kernels of sin and cos round otherwise in what is left over at the end of a batch.
  const width = 4 * Math.ceil(half / 4);
  const vector = (of: (i: number) => number): Tensor =>
    constant(
      positions,
      'float32',
      [width],
      Float32Array.from({ length: width }, (_, i) => of(Math.min(i, half - 1))),
    );
  const at = unsqueeze(cast(positions, 'float32'), -1); // [..., 1]
  const plain = (i: number): number => theta ** (-i / half);
  const longer = (than: number): Tensor => unsqueeze(less(scalar(positions, than), lengths()), -1);
  const frequencies = (): Tensor => {
    switch (scaling?.kind) {
      case 'dynamic': {
        const { factor, positions: trained } = scaling;
        const length = cast(max(lengths(), trained), 'float32');
        const growth = sub(mul(length, factor / trained), factor - 1);
        const logTheta = add(mul(log(growth), channels / (channels - 2)), Math.log(theta));
        return exp(
          mul(
            unsqueeze(logTheta, -1),
            vector((i) => -i / half),
          ),
        );
      }
      case 'longrope':
        return where(
          longer(scaling.positions),
          vector((i) => plain(i) / scaling.long[i]!),
          vector((i) => plain(i) / scaling.short[i]!),
        );
      default:
        return vector(fixedFrequencies({ theta, channels, ...(scaling && { scaling }) }));
    }
  };
  const angles = mul(at, frequencies());
  const magnitude = scaling !== undefined && 'magnitude' in scaling ? scaling.magnitude : 1;
  const own = (x: Tensor): Tensor => (width === half ? x : slice(x, -1, 0, half));
  const [c, s] = [scaled(own(cos(angles)), magnitude), scaled(own(sin(angles)), magnitude)];
  return { cos: unsqueeze(concat([c, c], -1), 1), sin: unsqueeze(concat([neg(s), s], -1), 1) };
}

/** Frequency i where it does not depend on the text. */
function fixedFrequencies({
  theta,
  channels,
  scaling,
}: RotaryConfig & { readonly channels: number }): (i: number) => number {
  const half = channels / 2;
  const plain = (i: number): number => theta ** (-i / half);
  if (scaling?.kind === 'linear') return (i) => plain(i) / scaling.factor;
  if (scaling?.kind === 'llama3') {
    const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, positions } = scaling;
    return (i) => {
      const turns = (positions * plain(i)) / (2 * Math.PI); // in the texts of pre-training
      const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
      return plain(i) * (kept + (1 - kept) / factor);
    };
  }
  if (scaling?.kind === 'yarn') {
    const { factor, betaFast, betaSlow, truncate, positions } = scaling;
    /** The channel that turns this many times in the texts of pre-training. */
    const channelOf = (turns: number): number =>
      (half * Math.log(positions / (turns * 2 * Math.PI))) / Math.log(theta);
    const [fast, slow] = [channelOf(betaFast), channelOf(betaSlow)];
    const first = Math.max(truncate ? Math.floor(fast) : fast, 0);
    const last = Math.min(truncate ? Math.ceil(slow) : slow, channels - 1);
    const width = first === last ? 0.001 : last - first;
    return (i) => {
      const scaled = Math.min(1, Math.max(0, (i - first) / width));
      return plain(i) * (1 - scaled + scaled / factor);
    };
  }
  return plain;
}

/**
 * Rotates halves: (a, b) to (a cos - b sin, b cos + a sin), as (a, b) (cos, cos) + (b, a) (-sin, sin): the same bits in
 * few passes over long rows. x [..., D]; channels beyond the angles stay as they are.
 */
export function rotate(x: Tensor, angles: Angles | undefined): Tensor {
  if (angles === undefined) return x;
  const { cos: c, sin: s } = angles;
  const [size, turns] = [x.shape.at(-1) as number, c.shape.at(-1) as number];
  if (turns < size) {
    const [turned, kept] = split(x, -1, [turns, size - turns]) as [Tensor, Tensor];
    return concat([rotate(turned, angles), kept], -1);
  }
  const [a, b] = split(x, -1, [turns / 2, turns / 2]) as [Tensor, Tensor];
  return add(mul(x, c), mul(concat([b, a], -1), s));
}
