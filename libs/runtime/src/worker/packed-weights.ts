/**
 * Weights as the kernels of matrix products read them. ONNX Runtime packs a constant matrix when a session starts,
 * which would be a copy in every session. Here it is packed once, into the file where the weights are
 * (frozen-weights.ts), and every session maps it from there: decoding is up to half as fast again, and there is one
 * more copy in the process, whose pages the system may drop.
 */
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel, packedConstants, type ExternalData, type Graph, type PackedData } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';

const MODEL = 'pack.onnx';
const SAVED = 'packed.onnx';
const SAVED_DATA = 'packed';
const PIECE_BYTES = 2 ** 24;

/** A file that is written from front to back. */
export interface Appended {
  /** Open for writing. */
  readonly file: number;
  /** Where the next begins, and moves it. */
  readonly place: (length: number) => number;
}

/**
 * Packs the constants of `graph`, which are at `places` in a file in `folder`, and appends the result to that file:
 * where it is, by their names. Leaves nothing else in the folder.
 */
export async function packWeights(
  graph: Graph,
  folder: string,
  places: ReadonlyMap<string, ExternalData>,
  to: Appended,
): Promise<ReadonlyMap<string, readonly PackedData[]>> {
  const [model, saved, savedData] = [MODEL, SAVED, SAVED_DATA].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(model, encodeModel(graph, places));
  try {
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
      optimizedModelFilePath: saved,
      extra: {
        session: {
          save_external_prepacked_constant_initializers: '1',
          optimized_model_external_initializers_file_name: SAVED_DATA,
          optimized_model_external_initializers_min_size_in_bytes: '0',
        },
      },
    });
    await session.release();
    const from = openSync(savedData, 'r');
    try {
      const moved = [...packedConstants(readFileSync(saved))].map(([name, packed]) => {
        const kinds = packed.map(({ kernel, blobs }) => ({
          kernel,
          blobs: blobs.map(({ offset, length }) => {
            const at = to.place(length);
            copy(from, offset, to.file, at, length);
            return { offset: at, length };
          }),
        }));
        return [name, kinds] as const;
      });
      return new Map(moved);
    } finally {
      closeSync(from);
    }
  } finally {
    for (const path of [model, saved, savedData]) rmSync(path, { force: true });
  }
}

function copy(from: number, begin: number, to: number, at: number, length: number): void {
  const piece = new Uint8Array(Math.min(length, PIECE_BYTES));
  for (let done = 0; done < length;) {
    const read = readSync(from, piece, 0, Math.min(piece.length, length - done), begin + done);
    if (read === 0) throw new Error(`packed weights: ${length} bytes at ${begin} end after ${done}`);
    writeAll(to, piece.subarray(0, read), at + done);
    done += read;
  }
}

/** Writes all of `bytes` at a position of a file. */
export function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, at + done);
  }
}
