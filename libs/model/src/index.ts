export type { DecoderConfig } from './decoder-config.js';
export { generationConfigJson, llamaConfigJson, parseHfConfig, withGenerationConfig } from './hf/config.js';
export { requireFinite } from './hf/finite.js';
export { matchParameters } from './hf/match-parameters.js';
export {
  decodeTensor,
  encodeHeader,
  headerLength,
  parseHeader,
  PREFIX_BYTES,
  type NamedTensor,
  type SafetensorsHeader,
  type TensorEntry,
} from './hf/safetensors.js';
export { initialParameters, type InitialParameters } from './initial-parameters.js';
export { contextNames } from './incremental.js';
export { declarePacked, packedLogits, type PackedTokens } from './packed.js';
export { parameterSpecs, type ParameterSpec } from './parameters.js';
export { rolloutGraph } from './rollout.js';
export { drawGraph, promptGraph } from './stepping.js';
export { embedGraph } from './embed.js';
export { nextTokenLogprobs, scoreGraph, shiftLeft } from './score.js';
export { declareParameters, prepare, weightList, type Parameters, type Weights } from './weights.js';
