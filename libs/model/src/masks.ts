/**
 * Which positions see which: additive biases of 0 and a number so negative that its softmax is exactly 0. With a window
 * of W, a position sees the last W positions, itself included; a window of 0 is none.
 */
import {
  add,
  and,
  cast,
  equal,
  iota,
  less,
  lessOrEqual,
  reduceMax,
  sub,
  unsqueeze,
  where,
  type Dim,
  type Tensor,
} from '@soar/onnx';
import { windowOf, type DecoderConfig } from './decoder-config.js';

/** Below every score and far from overflow: exp(-1e9) is 0 in float32, and a row of nothing but it stays finite. */
const HIDDEN = -1e9;

/** The bias of a layer. */
export type LayerBias = (layer: number) => Tensor;

/** One bias for each distinct window of the model. */
export function layerBias<T>(config: DecoderConfig, biasOf: (window: number) => T): (layer: number) => T {
  const windows = Array.from({ length: config.layers }, (_, layer) => windowOf(config, layer));
  const distinct = new Map([...new Set(windows)].map((window) => [window, biasOf(window)]));
  return (layer) => distinct.get(windows[layer]!)!;
}

/**
 * Causal attention within segments: [R, 1, T, T] from segment ids [R, T]. Position t sees s <= t of its own segment, so
 * texts packed in one row do not see each other.
 */
export function packedBias(segments: Tensor, time: Dim, window: number): Tensor {
  const same = sameSegment(segments); // [R, T, T]
  const at = iota(segments, time);
  return unsqueeze(bias(and(same, causal(at, at, window))), 1);
}

/** Causal attention of tokens at `positions` [t] to tokens at `places` [s], which are of the same text: [t, s]. */
export function causalBias(positions: Tensor, places: Tensor, window: number): Tensor {
  return bias(causal(positions, places, window));
}

/** Whether a layer does not see all that stands before it. */
export function hasWindow(config: DecoderConfig): boolean {
  return Array.from({ length: config.layers }, (_, layer) => windowOf(config, layer)).some(
    (window) => window > 0,
  );
}

/**
 * What tokens at `positions` [R, 1, 1, 1] see of tokens at `places` [R, 1, 1, T], all of them before or at their own,
 * or -1 for padding.
 */
export function placesBias(places: Tensor, positions: Tensor, window: number): Tensor {
  const real = lessOrEqual(0, places);
  const seen = window === 0 ? real : and(real, less(sub(positions, places), window));
  return bias(seen);
}

/** Length of the text that each token of packed rows belongs to, [R, T] from segments and positions [R, T]. */
export function segmentLengths(segments: Tensor, positions: Tensor): Tensor {
  const inside = where(sameSegment(segments), unsqueeze(cast(positions, 'float32'), 1), 0); // [R, T, T]
  return cast(add(reduceMax(inside, [2]), 1), 'int64');
}

/** [R, T, T]. In float32, which is exact here: devices leave integers to the CPU, with all that is compared. */
function sameSegment(segments: Tensor): Tensor {
  const ids = cast(segments, 'float32');
  return equal(unsqueeze(ids, 2), unsqueeze(ids, 1));
}

/** Whether positions [t] see places [s]: [t, s]. */
function causal(positions: Tensor, places: Tensor, window: number): Tensor {
  const [s, t] = [unsqueeze(cast(places, 'float32'), 0), unsqueeze(cast(positions, 'float32'), 1)];
  const before = lessOrEqual(s, t);
  return window === 0 ? before : and(before, less(sub(t, s), window));
}

function bias(visible: Tensor): Tensor {
  const zero = visible.graph.constant('float32', [], Float32Array.of(0));
  const hidden = visible.graph.constant('float32', [], Float32Array.of(HIDDEN));
  return where(visible, zero, hidden);
}
