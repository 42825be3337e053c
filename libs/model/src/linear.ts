/** What attention and MLP share: a linear layer, a constant factor, and the soft cap. */
import { add, concat, expand, gemm, mul, scalar, split, tanh, type Tensor } from '@soar/onnx';

/** A linear layer as it is used, or several side by side in one matrix. */
export interface Linear {
  readonly weight: Tensor; // [out, in]
  readonly bias?: Tensor; // [out]
  readonly adapter?: LowRank;
}

/** What an adapter adds (adapters/adapter.ts), its scale multiplied into B. */
export interface LowRank {
  /** The A of every part that has one, stacked. */
  readonly a: Tensor; // [parts * r, in]
  /** The parts that stand side by side, in order: the B of each, or only its width where it has none. */
  readonly parts: readonly { readonly width: number; readonly b?: Tensor /* [width, r] */ }[];
}

/** y = x W' + b, and what the adapter adds; x [N, in]. */
export function linear(x: Tensor, { weight, bias, adapter }: Linear): Tensor {
  const y = gemm(x, weight, { transB: true });
  const biased = bias === undefined ? y : add(y, bias);
  return adapter === undefined ? biased : addLowRank(biased, x, adapter);
}

/** y [N, out] with what the adapter makes of x. */
function addLowRank(y: Tensor, x: Tensor, { a, parts }: LowRank): Tensor {
  const inner = gemm(x, a, { transB: true }); // [N, parts * r]
  const ranks = parts.flatMap(({ b }) => (b === undefined ? [] : [b.shape[1] as number]));
  const [{ b: only }] = parts as [LowRank['parts'][number]];
  if (parts.length === 1 && only !== undefined) return gemm(inner, only, { transB: true, onto: y });
  const inputs = ranks.length === 1 ? [inner] : [...split(inner, 1, ranks)];
  const outputs = parts.map(({ width, b }) =>
    b === undefined ? expand(scalar(x, 0), [x.shape[0]!, width]) : gemm(inputs.shift()!, b, { transB: true }),
  );
  return add(y, concat(outputs, 1));
}

/** x times a constant. */
export function scaled(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : mul(x, factor);
}

/** cap tanh(x / cap): close to x near 0, and never beyond the cap. */
export function softCap(x: Tensor, cap: number | undefined): Tensor {
  return cap === undefined ? x : mul(tanh(mul(x, 1 / cap)), cap);
}
