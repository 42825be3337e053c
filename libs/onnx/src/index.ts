export * from './build.js';
export { encodeModel, type Target } from './encode.js';
export { inHalf } from './half.js';
export { Graph, type Node, type Tensor } from './graph.js';
export { externalConstants, type ExternalData, type PackedData } from './external-data.js';
export type { Op, OpAttributes } from './ops.js';
export {
  broadcast,
  describe,
  product,
  type ConstantData,
  type Dim,
  type DType,
  type Shape,
  type TensorType,
} from './tensor.js';
