export {
  adapterName,
  adapterSpecs,
  mergedWeight,
  initialAdapter,
  newAdapter,
  scaleOf,
  trainedSpecs,
  type AdapterRequest,
} from './adapters/adapter.js';
export type { Adapter, DecoderConfig } from './decoder-config.js';
export { generationConfigJson, llamaConfigJson, parseHfConfig, withGenerationConfig } from './hf/config.js';
export {
  matchAdapter,
  parsePeftConfig,
  peftConfigJson,
  type AdapterBase,
  type PeftConfig,
} from './hf/peft.js';
export { requireFinite } from './hf/finite.js';
export { matchParameters } from './hf/match-parameters.js';
export {
  decodeTensor,
  encodeHeader,
  encodeValues,
  headerLength,
  parseHeader,
  PREFIX_BYTES,
  type NamedTensor,
  type SafetensorsHeader,
  type TensorEntry,
  type TensorHead,
} from './hf/safetensors.js';
export { inHalfPrecision, isMatrix } from './half.js';
export { initialParameters, type InitialParameters } from './initial-parameters.js';
export { cacheNames } from './incremental.js';
export { hasWindow } from './masks.js';
export { decoderLayer, embedded } from './decoder.js';
export { declarePacked, packedAttention, packedLogits, type PackedTokens } from './packed.js';
export { packingGraph } from './packing.js';
export { parameterSpecs, type ParameterSpec } from './parameters.js';
export {
  declareParameters,
  declareWeights,
  likePart,
  partOf,
  prepare,
  prepareGraph,
  preparePart,
  type Part,
} from './prepare.js';
export { drawGraph, pickGraph, promptGraph, settleGraph, type DrawOptions } from './rollout.js';
export { embedGraph } from './embed.js';
export { rankedScoreGraph } from './ranked-score.js';
export {
  declarePredictions,
  nextTokenLogprobs,
  overChunks,
  scoreGraph,
  shiftLeft,
  targetLogprobs,
  targetRows,
} from './score.js';
export { gainsAreFolded, isTrained, mapWeights, trainedWeights, type Weights } from './weights.js';
