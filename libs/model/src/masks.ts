/** Which positions see which: additive biases of 0 and a number so negative that its softmax is exactly 0. */
import { and, equal, iota, less, lessOrEqual, unsqueeze, where, type Dim, type Tensor } from '@soar/onnx';

/** Below every score and far from overflow: exp(-1e9) is 0 in float32, and a row of nothing but it stays finite. */
const HIDDEN = -1e9;

/**
 * Causal attention within segments: [R, 1, T, T] from segment ids [R, T]. Position t sees s <= t of its own segment, so
 * texts packed in one row do not see each other.
 */
export function packedBias(segments: Tensor, time: Dim): Tensor {
  const same = equal(unsqueeze(segments, 2), unsqueeze(segments, 1)); // [R, T, T]
  const at = iota(segments, time);
  const causal = lessOrEqual(unsqueeze(at, 0), unsqueeze(at, 1)); // [T, T]
  return unsqueeze(bias(and(same, causal)), 1);
}

/** Causal attention in one sequence a row: [T, T]. */
export function causalBias(like: Tensor, time: Dim): Tensor {
  const at = iota(like, time);
  return bias(lessOrEqual(unsqueeze(at, 0), unsqueeze(at, 1)));
}

/** Positions before each row's length: [R, 1, 1, T] from lengths [R]. */
export function lengthBias(lengths: Tensor, time: Dim): Tensor {
  const inside = less(unsqueeze(iota(lengths, time), 0), unsqueeze(lengths, 1)); // [R, T]
  return unsqueeze(unsqueeze(bias(inside), 1), 1);
}

function bias(visible: Tensor): Tensor {
  const zero = visible.graph.constant('float32', [], Float32Array.of(0));
  const hidden = visible.graph.constant('float32', [], Float32Array.of(HIDDEN));
  return where(visible, zero, hidden);
}
