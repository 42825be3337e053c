export {
  attendSequences,
  decode,
  declareParameters,
  logits,
  prepare,
  rotary,
  rotate,
  weightList,
  type Parameters,
  type Rotary,
  type Weights,
} from './decoder.js';
export type { LlamaConfig } from './llama-config.js';
export { parameterSpecs } from './parameters.js';
export { decodeStep, prefill, rolloutGraph, type LayerCache } from './rollout.js';
export { declareSampling, drawTokens, isOneOf, type Sampling } from './sampling.js';
export { nextTokenLogprobs, scoreGraph, shiftLeft, type PackedTokens } from './score.js';
