export * from './build.js';
export { encodeModel } from './encode.js';
export { Graph, type Node } from './graph.js';
export type { Call, LoopAttributes, Op, OpAttributes } from './ops.js';
export {
  broadcast,
  describe,
  factors,
  product,
  type ConstantData,
  type Dim,
  type DType,
  type Shape,
  type Tensor,
  type TensorType,
} from './tensor.js';
