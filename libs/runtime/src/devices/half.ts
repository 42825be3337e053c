/**
 * Whether a provider computes in float16 here. ONNX Runtime starts such a session on every device, and finds out when
 * it runs.
 */
import { encodeModel, Graph, inHalf, matMul } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';
import type { Provider } from '../settings.js';
import { float32, floatsOf } from '../worker/tensors.js';
import { noHalf } from './faults.js';
import type { TensorMemory } from './tensor-memory.js';

/** Tries a product in float16. Throws UserError FAILED_PRECONDITION where it fails, or is wrong. */
export async function requireHalf(provider: Provider, memory: TensorMemory): Promise<void> {
  const graph = new Graph('half');
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, 'float32', [2, 2]));
  graph.output('y', matMul(a!, b!));
  const options = { ...memory.sessionOptions([]), logSeverityLevel: 4 } as const;
  const feeds = {
    a: float32(Float32Array.of(3, 0, 0, 3), [2, 2]),
    b: float32(Float32Array.of(1, 2, 3, 4), [2, 2]),
  };
  let product: Float32Array;
  try {
    const session = await InferenceSession.create(encodeModel(inHalf(graph, () => false)), options);
    product = floatsOf((await session.run(feeds))['y']!);
    await session.release();
  } catch (error) {
    throw noHalf(provider, error);
  }
  if (product.join() !== '3,6,9,12')
    throw noHalf(provider, new Error(`3 times 1, 2, 3, 4 is ${product.join()}`));
}
