/** Tries the provider that it is given, and prints what it found as JSON (probe.ts). */
import { messageOf, UserError } from '@soar/core';
import { prepareGraph } from '@soar/model';
import { encodeModel, Graph, inHalf, matMul } from '@soar/onnx';
import { InferenceSession } from '../onnx-runtime.js';
import { PRECISIONS, PROVIDERS } from '../settings.js';
import { float32, floatsOf } from '../worker/tensors.js';
import { noHalf, noProvider } from './faults.js';
import { memoryOf } from './memory-of.js';
import type { ProbeAnswer } from './probe.js';
import { selfTest } from './self-test.js';
import type { TensorMemory } from './tensor-memory.js';
import { TRIAL_MODEL } from './trial.js';

const provider = PROVIDERS.find((known) => known === process.argv[2]) ?? 'cpu';
const precision = PRECISIONS.find((known) => known === process.argv[3]) ?? 'f32';

async function tried(): Promise<ProbeAnswer> {
  const memory = memoryOf(provider);
  const graph = prepareGraph(TRIAL_MODEL, 0);
  try {
    const options = memory.sessionOptions(graph.outputs.map(({ name }) => name));
    const bytes = encodeModel(graph, new Map(), memory.target);
    await (await InferenceSession.create(bytes, { ...options, logSeverityLevel: 3 })).release();
  } catch (error) {
    throw noProvider(provider, error);
  }
  if (precision === 'f16') await tryHalf(memory);
  return process.argv[4] === 'self-test' ? { selfTest: await selfTest(provider) } : {};
}

/** A product in float16. ONNX Runtime starts such a session on every device, and finds out when it runs. */
async function tryHalf(memory: TensorMemory): Promise<void> {
  const graph = new Graph('half');
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, 'float32', [2, 2]));
  graph.output('y', matMul(a!, b!));
  const options = { ...memory.sessionOptions([]), logSeverityLevel: 4 } as const;
  const session = await InferenceSession.create(encodeModel(inHalf(graph, () => false)), options);
  const feeds = {
    a: float32(Float32Array.of(3, 0, 0, 3), [2, 2]),
    b: float32(Float32Array.of(1, 2, 3, 4), [2, 2]),
  };
  let product: Float32Array;
  try {
    product = floatsOf((await session.run(feeds))['y']!);
  } catch (error) {
    throw noHalf(provider, error);
  }
  if (product.join() !== '3,6,9,12')
    throw noHalf(provider, new Error(`3 times 1, 2, 3, 4 is ${product.join()}`));
}

async function answer(): Promise<ProbeAnswer> {
  try {
    return await tried();
  } catch (error) {
    const details = error instanceof UserError ? messageOf(error.cause) : String((error as Error).stack);
    return { problem: messageOf(error), details };
  }
}

process.stdout.write(JSON.stringify(await answer()));
