export { declareParameters, prepare, weightList, type Parameters, type Weights } from './decoder.js';
export { generationConfigJson, hfConfigJson, parseHfConfig, withGenerationConfig } from './hf/config.js';
export { requireFinite } from './hf/finite.js';
export { matchParameters } from './hf/match-parameters.js';
export {
  decodeTensor,
  encodeHeader,
  headerLength,
  parseHeader,
  PREFIX_BYTES,
  readSafetensors,
  writeSafetensors,
  type NamedTensor,
  type SafetensorsHeader,
  type TensorEntry,
} from './hf/safetensors.js';
export { initialParameters, type InitialParameters } from './initial-parameters.js';
export type { LlamaConfig } from './llama-config.js';
export { parameterSpecs, type ParameterSpec } from './parameters.js';
export { rolloutGraph } from './rollout.js';
export { drawGraph, promptGraph } from './stepping.js';
export { embedGraph } from './embed.js';
export { nextTokenLogprobs, scoreGraph, shiftLeft, type PackedTokens } from './score.js';
