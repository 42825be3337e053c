/**
 * The graphs of a model in half precision: which of their inputs and outputs are in float16. Matrices as the layers use
 * them, those of adapters included, and caches; biases, gains, parameters and gradients stay in float32.
 */
import { inHalf, type Graph } from '@soar/onnx';

const MATRIX = /^(?:embedding|head|layers\.\d+\.\w+\.(?:weight|lora_A|lora_B\.\d+))$/;
const CACHE = /^(?:(?:picked\.)?(?:past|block)\.)?(?:key|value)\.\d+$/;

/** Whether a weight (weights.ts) of this name is a matrix. */
export function isMatrix(name: string): boolean {
  return MATRIX.test(name);
}

/** A graph of the model as it is run in half precision. */
export function inHalfPrecision(graph: Graph): Graph {
  return inHalf(graph, (name) => MATRIX.test(name) || CACHE.test(name));
}
