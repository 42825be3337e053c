/** Tensors from typed arrays, without a copy, and a run of a session whose failures say what to do. */
import { MessageChannel } from 'node:worker_threads';
import { Tensor, type InferenceSession } from '../onnx-runtime.js';
import { outOfMemory } from '../out-of-memory.js';

export type { Tensor };
export type Feeds = Record<string, Tensor>;

export function float32(data: Float32Array, shape: readonly number[]): Tensor {
  return new Tensor('float32', data, shape);
}

export function int64(data: BigInt64Array, shape: readonly number[]): Tensor {
  return new Tensor('int64', data, shape);
}

export function booleans(values: readonly boolean[], shape: readonly number[]): Tensor {
  return new Tensor('bool', Uint8Array.from(values, Number), shape);
}

export function scalar(value: number): Tensor {
  return float32(Float32Array.of(value), []);
}

export function floatsOf(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}

/** Whatever is handed over to it is gone. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Gives the memory of tensors back at once, where a collection would come too late: ONNX Runtime's binding makes new
 * arrays for all outputs of every run. They have no elements afterwards.
 */
export function release(tensors: readonly Tensor[]): void {
  nowhere.postMessage(
    undefined,
    tensors.map((tensor) => floatsOf(tensor).buffer as ArrayBuffer),
  );
}

/** Runs a session. `fetches`: outputs to compute; those with a tensor are written into it. */
export async function run(
  session: InferenceSession,
  feeds: Feeds,
  fetches: Record<string, Tensor | null>,
): Promise<Record<string, Tensor>> {
  try {
    return await session.run(feeds, fetches);
  } catch (error) {
    throw outOfMemory(error) ?? error;
  }
}
