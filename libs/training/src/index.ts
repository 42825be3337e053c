export type { KlTerm } from './loss.js';
export { gradientGraph, type GradientOptions } from './gradient-graph.js';
export {
  packTexts,
  predictionsOf,
  type PackedBatch,
  type PredictionBatch,
  type WeightedText,
} from './packing.js';
export { parameterGradientGraph } from './parameter-gradients.js';
export { UPDATE_SCALARS, updateGraph } from './update-graph.js';
