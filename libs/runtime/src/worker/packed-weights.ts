/**
 * Weights as the kernels of matrix products read them. ONNX Runtime packs a constant matrix when a session starts,
 * which would be a copy in every session. Here it is packed once, into a file that has it as it is too, and every
 * session maps it from there: decoding is up to half as fast again, and there is one more copy in the process, whose
 * pages the system may drop. ONNX Runtime writes that file itself, both copies in one go: writing is what takes the
 * time when a large model is loaded.
 */
import { closeSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { invariant, messageOf } from '@soar/core';
import { encodeModel, externalConstants, type ExternalData, type Graph, type PackedData } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';

/** Kernels may read a line of a core's cache at once. */
const ALIGNED_BYTES = 64;

/**
 * Writes the matrix `name` of `graph`, which is its only constant, into `file` in `folder`: as it is, and packed behind
 * it. Leaves nothing else in the folder. Throws an error with the code ENOSPC where the disk is full.
 */
export async function packWeight(
  graph: Graph,
  { name, values }: { readonly name: string; readonly values: Float32Array },
  { folder, file }: { readonly folder: string; readonly file: string },
): Promise<ExternalData> {
  const given = { file, offset: 0, length: values.byteLength };
  const saved = join(folder, `${file}.onnx`);
  try {
    const session = await InferenceSession.create(encodeModel(graph, new Map([[name, given]])), {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
      externalData: [
        { path: file, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) },
      ],
      optimizedModelFilePath: saved,
      extra: {
        session: {
          save_external_prepacked_constant_initializers: '1',
          optimized_model_external_initializers_file_name: file,
          optimized_model_external_initializers_min_size_in_bytes: '0',
        },
      },
    });
    await session.release();
    const place = externalConstants(readFileSync(saved)).get(name);
    invariant(place?.offset === 0 && place.length === given.length, `${file}: not laid out as expected`);
    return { ...place, packed: aligned(join(folder, file), place) };
  } catch (error) {
    throw /Failed to write|serialization failed/i.test(messageOf(error))
      ? diskFull(join(folder, file))
      : error;
  } finally {
    rmSync(saved, { force: true });
  }
}

/** What is packed there, after copying what begins inside a line, behind a matrix of an odd size, to the end. */
function aligned(path: string, { length: own, packed = [] }: ExternalData): PackedData[] {
  const ends = packed.flatMap(({ blobs }) => blobs.map(({ offset, length }) => offset + length));
  let end = Math.max(own, ...ends);
  if (statSync(path).size < end) throw diskFull(path);
  const moved = (blob: PackedData['blobs'][number]) => {
    if (blob.offset % ALIGNED_BYTES === 0) return blob;
    const offset = ALIGNED_BYTES * Math.ceil(end / ALIGNED_BYTES);
    end = offset + blob.length;
    copyWithin(path, blob, offset);
    return { ...blob, offset };
  };
  return packed.map(({ kernel, blobs }) => ({ kernel, blobs: blobs.map(moved) }));
}

/** As the system says it. ONNX Runtime gives no code, and no error where only the end could not be written. */
function diskFull(path: string): Error {
  return Object.assign(new Error(`${path}: could not be written`), { code: 'ENOSPC' });
}

function copyWithin(
  path: string,
  { offset, length }: { readonly offset: number; readonly length: number },
  to: number,
): void {
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r+');
  try {
    for (let done = 0; done < length;) {
      const read = readSync(file, bytes, done, length - done, offset + done);
      if (read === 0) throw diskFull(path);
      done += read;
    }
    writeAll(file, bytes, to);
  } finally {
    closeSync(file);
  }
}

/** Writes all of `bytes` at a position of a file. */
export function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, at + done);
  }
}
