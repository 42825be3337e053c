export * from './build.js';
export { encodeModel } from './encode.js';
export type { ExternalData } from './wire.js';
export { Graph, type Node, type Tensor } from './graph.js';
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
