/** What attention and MLP share: a linear map, and the soft cap. */
import { add, gemm, mul, tanh, type Tensor } from '@soar/onnx';

/** y = x W' + b, with x [N, in], W [out, in], b [out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const y = gemm(x, weight, { transB: true });
  return bias === undefined ? y : add(y, bias);
}

/** cap tanh(x / cap): close to x near 0, and never beyond the cap. */
export function softCap(x: Tensor, cap: number | undefined): Tensor {
  return cap === undefined ? x : mul(tanh(mul(x, 1 / cap)), cap);
}
