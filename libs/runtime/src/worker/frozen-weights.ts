/**
 * The weights of a large model in a file, from which sessions map them: prepared once, one part of the model at a time,
 * so that at most a part stands in memory while the file is written. The names and positions in it follow from the
 * model's configuration alone. Behind them are the same matrices as kernels read them (packed-weights.ts); where, is in
 * a file beside.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packingGraphs, parameterSpecs, type DecoderConfig } from '@soar/model';
import type { ExternalData, PackedData } from '@soar/onnx';
import { openParameters, readModelConfig } from '../model-folder.js';
import { packWeights, writeAll } from './packed-weights.js';
import { parameterSet, partsOf, partWeights, type ParameterSet } from './parameters.js';
import type { TensorMemory } from '../devices/tensor-memory.js';
import type { FrozenWeights, Sessions } from './sessions.js';
import { floatsOf } from './tensors.js';

const FILE = 'weights';
const PACKED_FILE = 'packed.json';
/** Positions are multiples of this, which can be mapped on every machine: the largest page size in use. */
const PAGE_BYTES = 65_536;

/** Where each weight is, and where they end. */
function layout(config: DecoderConfig): { readonly places: Map<string, ExternalData>; readonly end: number } {
  const places = new Map<string, ExternalData>();
  let end = 0;
  for (const { weights } of partsOf(config)) {
    for (const { name, shape } of weights) {
      const length = 4 * shape.reduce((a, b) => a * b, 1);
      places.set(name, { file: FILE, offset: end, length });
      end += wholePages(length);
    }
  }
  return { places, end };
}

function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** Writes the weights of the model in `source` into `folder`. */
export async function writeFrozen(source: string, folder: string, sessions: Sessions): Promise<void> {
  const config = readModelConfig(source);
  const { places } = layout(config);
  const read = openParameters(source, config);
  const file = openSync(join(folder, FILE), 'wx', 0o600);
  try {
    for (const part of partsOf(config)) {
      const tensors = part.parameters.map(read);
      const weights = await partWeights(await parameterSet(config, tensors, sessions.memory), part, sessions);
      for (const [name, tensor] of Object.entries(weights)) {
        const { buffer, byteOffset, byteLength } = floatsOf(tensor);
        writeAll(file, new Uint8Array(buffer, byteOffset, byteLength), places.get(name)!.offset);
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Packs what `writeFrozen` has written, where sessions here use it. */
export async function packFrozen(source: string, folder: string, { packs }: Sessions): Promise<void> {
  const config = readModelConfig(source);
  const { places, end: begin } = layout(config);
  const graphs = packs ? partsOf(config).flatMap(({ part }) => packingGraphs(config, part)) : [];
  const packed: [string, readonly PackedData[]][] = [];
  let end = begin;
  const place = (length: number): number => {
    end += wholePages(length);
    return end - wholePages(length);
  };
  const file = openSync(join(folder, FILE), 'r+');
  try {
    for (const graph of graphs) packed.push(...(await packWeights(graph, folder, places, { file, place })));
  } finally {
    closeSync(file);
  }
  writeFileSync(join(folder, PACKED_FILE), JSON.stringify(packed));
}

/** The weights that are written and packed there. */
function frozenWeights(config: DecoderConfig, folder: string): FrozenWeights {
  const { places } = layout(config);
  const packed = JSON.parse(readFileSync(join(folder, PACKED_FILE), 'utf8')) as [string, PackedData[]][];
  const added = packed.map(([name, of]) => [name, { ...places.get(name)!, packed: of }] as const);
  return { folder, places, packed: new Map([...places, ...added]) };
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
  return { ...set, weights: {}, upToDate: true, frozen: frozenWeights(config, folder) };
}
