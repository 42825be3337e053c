/**
 * The weights of a large model in a file, from which sessions map them: prepared once, one part of the model at a time,
 * so that at most a part stands in memory while the file is written. The names and positions in it follow from the
 * model's configuration alone.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parameterSpecs, type DecoderConfig } from '@soar/model';
import type { ExternalData } from '@soar/onnx';
import { openParameters, readModelConfig } from '../model-folder.js';
import { parameterSet, partsOf, partWeights, type ParameterSet } from './parameters.js';
import type { Sessions } from './sessions.js';
import { floatsOf } from './tensors.js';

const FILE = 'weights';
/** Positions are multiples of this, which can be mapped on every machine: the largest page size in use. */
const PAGE_BYTES = 65_536;

/** Weights that a session finds in a file, by the names of a graph's inputs. */
export interface FrozenWeights {
  readonly folder: string;
  readonly places: ReadonlyMap<string, ExternalData>;
}

export function frozenWeights(config: DecoderConfig, folder: string): FrozenWeights {
  const places = new Map<string, ExternalData>();
  let end = 0;
  for (const { weights } of partsOf(config)) {
    for (const { name, shape } of weights) {
      const length = 4 * shape.reduce((a, b) => a * b, 1);
      places.set(name, { file: FILE, offset: end, length });
      end += Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
    }
  }
  return { folder, places };
}

/** Writes the weights of the model in `source` into `folder`. */
export async function writeFrozen(source: string, folder: string, sessions: Sessions): Promise<void> {
  const config = readModelConfig(source);
  const { places } = frozenWeights(config, folder);
  const read = openParameters(source, config);
  const file = openSync(join(folder, FILE), 'wx', 0o600);
  try {
    for (const part of partsOf(config)) {
      const tensors = part.parameters.map(read);
      const weights = await partWeights(parameterSet(config, tensors), part, sessions);
      for (const [name, tensor] of Object.entries(weights)) {
        const bytes = new Uint8Array(floatsOf(tensor).buffer, floatsOf(tensor).byteOffset, 4 * tensor.size);
        const { offset } = places.get(name)!;
        for (let done = 0; done < bytes.length;) {
          done += writeSync(file, bytes, done, bytes.length - done, offset + done);
        }
      }
    }
  } finally {
    closeSync(file);
  }
}

/**
 * The parameter set of a large model, without the parameters: but for vectors, such as the gains that an adapter is
 * prepared with.
 */
export function frozenSet(source: string, config: DecoderConfig, folder: string): ParameterSet {
  const read = openParameters(source, config);
  const vectors = parameterSpecs(config).filter(({ shape }) => shape.length === 1);
  const set = parameterSet(
    config,
    vectors.map(({ name }) => read(name)),
  );
  return { ...set, weights: {}, upToDate: true, frozen: frozenWeights(config, folder) };
}
