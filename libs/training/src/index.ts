export type { KlTerm } from './loss.js';
export { trainGraph, type TrainGraphOptions } from './train-graph.js';
export { packTexts, type PackedBatch, type PackingShape, type WeightedText } from './packing.js';
