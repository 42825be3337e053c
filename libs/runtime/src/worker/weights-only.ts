/**
 * A model whose matrices are in memory once, in float16: read and prepared a part at a time, so that at most a part
 * stands there in float32. To be trained in full it is read again: an optimizer needs parameters in float32.
 */
import type { DecoderConfig } from '@soar/model';
import { openParameters } from '../model-folder.js';
import { parameterSet, partsOf, partWeights, type ParameterSet } from './parameters.js';
import type { Sessions } from './sessions.js';
import type { Feeds } from './tensors.js';

export async function weightsOnly(
  folder: string,
  config: DecoderConfig,
  sessions: Sessions,
): Promise<ParameterSet> {
  const { memory } = sessions;
  const read = openParameters(folder, config);
  const vectors: Feeds = {};
  const weights: Feeds = {};
  for (const part of partsOf(config, memory.halves)) {
    const own = await parameterSet(config, part.parameters.map(read), memory);
    Object.assign(weights, await partWeights(own, part, sessions));
    for (const [name, tensor] of Object.entries(own.tensors)) {
      if (tensor.dims.length < 2) vectors[name] = tensor;
      else memory.release([tensor]);
    }
  }
  const set = await parameterSet(config, [], memory);
  return { ...set, tensors: vectors, weights, upToDate: true, weightsOnly: true };
}
