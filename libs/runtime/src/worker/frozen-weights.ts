/**
 * The weights of a large model in files, from which sessions map them: prepared once, one part of the model at a time,
 * so that at most a part stands in memory while they are written. A matrix has a file of its own, with the same matrix
 * as kernels read it (packed-weights.ts); the rest of what a worker writes is in one. Where everything is, stands in a
 * file beside. Most of the time is the system's, for new pages, so two workers are almost twice as fast.
 */
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packingGraph, parameterSpecs, type DecoderConfig } from '@soar/model';
import type { ExternalData } from '@soar/onnx';
import type { TensorMemory } from '../devices/tensor-memory.js';
import { openParameters, readModelConfig } from '../model-folder.js';
import type { OpArgs } from '../protocol.js';
import { packWeight, writeAll } from './packed-weights.js';
import { parameterSet, partsOf, partWeights, type ParameterSet, type PreparedPart } from './parameters.js';
import type { FrozenWeights, Sessions } from './sessions.js';
import { floatsOf } from './tensors.js';

const FILE = 'weights';
const PLACES = /^places\.\d+\.json$/;
/** Positions are multiples of this, which can be mapped on every machine: the largest page size in use. */
const PAGE_BYTES = 65_536;

/** A share of the weights of the model in `source`, which are written into `folder` by `shares` at once. */
type Share = OpArgs<'writeFrozen'>;

/** Writes a share of the weights; packed, where sessions here use that. */
export async function writeFrozen({ source, folder, ...which }: Share, sessions: Sessions): Promise<void> {
  const config = readModelConfig(source);
  const read = openParameters(source, config);
  const common = `${FILE}.${which.share}`;
  const places: [string, ExternalData][] = [];
  let end = 0;
  const file = openSync(join(folder, common), 'wx', 0o600);
  const append = (values: Float32Array): ExternalData => {
    const place = { file: common, offset: end, length: values.byteLength };
    writeAll(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), end);
    end += PAGE_BYTES * Math.ceil(values.byteLength / PAGE_BYTES);
    return place;
  };
  try {
    for (const part of partsOfShare(partsOf(config), which)) {
      const tensors = part.parameters.map(read);
      const weights = await partWeights(await parameterSet(config, tensors, sessions.memory), part, sessions);
      for (const [name, tensor] of Object.entries(weights)) {
        const values = floatsOf(tensor);
        const graph = sessions.packs ? packingGraph(config, name, tensor.dims) : undefined;
        const own = { folder, file: `${common}.${places.length}` };
        const place = graph === undefined ? append(values) : await packWeight(graph, { name, values }, own);
        places.push([name, place]);
      }
    }
  } finally {
    closeSync(file);
  }
  writeFileSync(join(folder, `places.${which.share}.json`), JSON.stringify(places));
}

/** Large parts first, each to whoever has least. */
function partsOfShare(
  parts: readonly PreparedPart[],
  { share, shares }: Pick<Share, 'share' | 'shares'>,
): PreparedPart[] {
  const sizeOf = ({ weights }: PreparedPart): number =>
    weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const sizes = Array<number>(shares).fill(0);
  return [...parts]
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .filter((part) => {
      const least = sizes.indexOf(Math.min(...sizes));
      sizes[least]! += sizeOf(part);
      return least === share;
    });
}

/** The weights that are written there. */
function frozenWeights(folder: string): FrozenWeights {
  const packed = readdirSync(folder)
    .filter((name) => PLACES.test(name))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as [string, ExternalData][]);
  const places = packed.map(([name, { file, offset, length }]) => [name, { file, offset, length }] as const);
  return { folder, places: new Map(places), packed: new Map(packed) };
}

/**
 * The parameter set of a large model, without the parameters: but for vectors, such as the gains that an adapter is
 * prepared with.
 */
export async function frozenSet(
  source: string,
  config: DecoderConfig,
  folder: string,
  memory: TensorMemory,
): Promise<ParameterSet> {
  const read = openParameters(source, config);
  const vectors = parameterSpecs(config).filter(({ shape }) => shape.length === 1);
  const tensors = vectors.map(({ name }) => read(name));
  const set = await parameterSet(config, tensors, memory);
  return { ...set, weights: {}, upToDate: true, frozen: frozenWeights(folder) };
}
